/// What a uwsgi command line calls its app.
enum UwsgiLine {
    static func app(in arguments: [String]) -> String? {
        for (index, argument) in arguments.enumerated() {
            let next = index + 1 < arguments.count ? arguments[index + 1] : nil
            switch argument {
            case "--module", "-w": if let next { return next }
            case "--wsgi-file", "--file", "--ini", "--yaml", "--json", "--xml", "--psgi", "--rack":
                if let next { return fileStem(next) }
            default:
                for option in ["--module=", "--wsgi="] {
                    if let value = argument[...].after(option) { return String(value) }
                }
                for option in ["--wsgi-file=", "--ini=", "--yaml=", "--json=", "--file="] {
                    if let value = argument[...].after(option) { return fileStem(String(value)) }
                }
                if argument[...].hasEnding(".ini"), !argument[...].hasStart("-") { return fileStem(argument) }
            }
        }
        return nil
    }

    private static func fileStem(_ path: String) -> String {
        let stem = Program.stem(path)
        return stem[...].before(".ini").map(String.init) ?? stem[...].before(".yaml").map(String.init) ?? stem
    }
}
