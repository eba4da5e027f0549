/// What a celery command line calls its app: the same from the arguments as from the title that holds them.
struct CeleryLine {
    var name: String?
    var identity: [String]

    init(node: String?, arguments: [String]) {
        let value = { (options: [String]) -> String? in
            for (index, argument) in arguments.enumerated() {
                if options.contains(argument), index + 1 < arguments.count { return arguments[index + 1] }
                for option in options where option[...].hasStart("--") {
                    if let value = argument[...].after("\(option)=") { return String(value) }
                }
            }
            return nil
        }
        let app = value(["-A", "--app"])
        let full = node ?? value(["-n", "--hostname"]) ?? "celery"
        let short = full.split(separator: "@", omittingEmptySubsequences: false).first.map(String.init) ?? full
        name = short.isEmpty || short == "celery" ? app : short
        identity = [short, app ?? ""]
    }
}
