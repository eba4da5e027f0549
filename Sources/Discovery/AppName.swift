internal import Model

/// What a person calls the application a process belongs to: never the name of an interpreter, a shell or a package
/// manager.
enum AppName {
    /// A server that its title or command line names, else its unit, its directory, or the server's own name.
    static func ofServer(_ index: Int, tag: Tag?, in scene: Scene) -> String {
        if let name = tag?.name, !name.isEmpty, !generic.contains(name) { return name }
        return unit(of: index, in: scene) ?? ofDirectory(scene.directory(of: index)) ?? tag?.name ?? tag?.kind.word
            ?? of(index, in: scene)
    }

    /// A process by what was said of it where it was started, and by what it runs; where that only says "an
    /// interpreter", by its master's.
    static func of(_ index: Int, master: Int? = nil, in scene: Scene) -> String {
        let entry = scene.entries[index]
        let program = scene.programs[index]
        if let name = package(of: entry, program) ?? procfile(of: entry) { return name }
        if program.runtime != nil, program.target == nil, let master, scene.programs[master].target != nil {
            return of(master, in: scene)
        }
        // These load an application: `wsgi:app` says more than the server's name.
        if ["gunicorn", "uvicorn", "hypercorn", "daphne"].contains(program.name) {
            return pythonApplication(in: program.rest) ?? unit(of: index, in: scene)
                ?? ofDirectory(scene.directory(of: index)) ?? program.name
        }
        guard program.runtime != nil || Launchers.shells.contains(program.command) else { return program.name }
        if let unit = unit(of: index, in: scene) { return unit }
        let directory = ofDirectory(scene.directory(of: index))
        guard let target = program.target else { return directory ?? inline(entry, program) }
        // `server.js` says nothing; where it lies does. Workers of a cluster have it as a path, their master may not.
        if generic.contains(program.name) {
            let folder = target.utf8.lastIndex(of: UInt8(ascii: "/")).map { String(target[..<$0]) } ?? ""
            if let place = target[...].hasStart("/") ? ofDirectory(folder) : directory { return place }
        }
        return program.name
    }

    /// npm tells the processes it starts what package they are of, and these all those below.
    private static func package(of entry: ProcessEntry, _ program: Program) -> String? {
        guard ["node", "bun", "deno"].contains(program.runtime), entry.environment["npm_lifecycle_event"] != "npx",
            let name = entry.environment["npm_package_name"], !name.isEmpty
        else { return nil }
        return name
    }

    /// `web.1`, as foreman and its like and Heroku number the processes of a Procfile.
    private static func procfile(of entry: ProcessEntry) -> String? {
        for key in ["PS", "DYNO"] {
            guard let (name, number) = entry.environment[key]?[...].split(at: "."), !name.isEmpty,
                UInt32(digits: number) != nil
            else { continue }
            return String(name)
        }
        return nil
    }

    /// `web` of `web.service`; `web@blue` of an instance.
    static func unit(of index: Int, in scene: Scene) -> String? {
        guard let unit = scene.place(of: index).unit, !Units.areFurniture(unit),
            !scene.lineage(of: index).dropFirst().contains(where: {
                scene.keeps($0) != nil || (Launchers.isSession($0, in: scene) && scene.sharesPlace($0, with: index))
            })
        else { return nil }
        return unit[...].before(".service").map(String.init)
    }

    /// The last part of a path that says something.
    static func ofDirectory(_ path: String) -> String? {
        var parts = path[...].parts(at: "/")[...]
        switch parts.first {
        case "home", "Users": parts = parts.dropFirst(2)
        case "root": parts = parts.dropFirst()
        case "tmp", "proc", "dev", "run": return nil
        case "var": if parts.dropFirst().first == "tmp" { return nil }
        default: break
        }
        return parts.last { !places.contains($0) }.map(String.init)
    }

    private static func inline(_ entry: ProcessEntry, _ program: Program) -> String {
        let option = entry.arguments.dropFirst().first { $0[...].hasStart("-") && $0.utf8.count == 2 }
        return "\(program.command) \(option ?? "script")"
    }

    /// Names of scripts that say nothing without their directory.
    static let generic: Set<String> = [
        "index", "main", "__main__", "__init__", "app", "server", "start", "run", "www", "wsgi", "asgi", "current",
    ]

    private static let places: Set<Substring> = [
        "*", ".", "..", "current", "releases", "versions", "src", "dist", "build", "lib", "bin", "out", "app", "server",
        "www", "public", "html", "code", "opt", "usr", "srv", "var", "local", "share", "sbin", "data", "service",
    ]

    /// The `--name` of a gunicorn, or the first argument that is `module:attribute`, or a module where no option stands
    /// before it that could own it.
    static func pythonApplication(in arguments: [String]) -> String? {
        var plain: String?
        var ownsNext = false
        for (index, argument) in arguments.enumerated() {
            if argument == "--name" || argument == "-n", index + 1 < arguments.count { return arguments[index + 1] }
            if argument[...].hasStart("--name=") { return String(argument.dropFirst(7)) }
            if argument[...].hasStart("-") {
                ownsNext = !argument.contains("=") && (argument.hasPrefix("--") || argument.count == 2)
                continue
            }
            if isTarget(argument) { return argument }
            if !ownsNext, plain == nil, isDotted(argument[...]) { plain = argument }
            ownsNext = false
        }
        return plain
    }

    /// `package.module:attribute` or `module:factory()`; not `localhost:8000`, not `unix:/run/x`.
    private static func isTarget(_ text: String) -> Bool {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, isDotted(parts[0]) else { return false }
        let attribute = parts[1].prefix { $0 != "(" }
        return isDotted(attribute) && (attribute.endIndex == parts[1].endIndex || parts[1].hasSuffix(")"))
    }

    private static func isDotted(_ text: Substring) -> Bool {
        guard let first = text.first, first.isLetter || first == "_" else { return false }
        return text.allSatisfy { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "." }
    }
}
