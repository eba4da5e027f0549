/// Programs around the one that serves: they start it and do nothing but wait for it.
enum Wrappers {
    static func includes(_ index: Int, in scene: Scene) -> Bool {
        let program = scene.programs[index]
        if Launchers.shells.contains(program.command) { return isScripted(scene.entries[index]) }
        if let verb = verbs[program.name] { return program.rest.first.map(verb.contains) ?? false }
        return names.contains(program.name) || names.contains(program.command)
    }

    /// What runs at the end of a chain of wrappers, and the chain, outermost first. It ends where a wrapper waits for
    /// more than one process, or for a tool that a script calls now and then.
    static func unwrap(_ index: Int, in scene: Scene) -> (worker: Int, wrappers: [Int]) {
        var wrappers: [Int] = []
        var current = index
        while wrappers.count < 16, includes(current, in: scene), !wrappers.contains(current) {
            guard let below = scene.onlyChild(of: current), !tools.contains(scene.programs[below].command) else {
                break
            }
            wrappers.append(current)
            current = below
        }
        return (current, wrappers)
    }

    /// The chain of wrappers that waits for a process alone, outermost first.
    static func above(_ index: Int, in scene: Scene) -> [Int] {
        var found: [Int] = []
        for above in scene.lineage(of: index).dropFirst().prefix(16) {
            guard includes(above, in: scene), scene.onlyChild(of: above) != nil else { break }
            found.append(above)
        }
        return found.reversed()
    }

    /// A shell that runs a script or a command, and not a person's.
    private static func isScripted(_ entry: ProcessEntry) -> Bool {
        guard let first = entry.arguments.first, !first[...].hasStart("-") else { return false }
        let options = entry.arguments.dropFirst().prefix { $0[...].hasStart("-") && !$0[...].hasStart("--") }
        if options.contains(where: { $0.utf8.contains(UInt8(ascii: "i")) || $0.utf8.contains(UInt8(ascii: "s")) }) {
            return false
        }
        return entry.arguments.dropFirst().contains { !$0[...].hasStart("-") }
    }

    private static let names: Set<String> = [
        "npm", "npm-cli", "npx", "npx-cli", "yarn", "yarnpkg", "pnpm", "pnpx", "corepack",
        "env", "dotenv", "dotenvx", "dotenv-cli", "cross-env", "env-cmd", "direnv",
        "tini", "tini-static", "dumb-init", "docker-init", "catatonit", "pid1", "s6-overlay-suexec",
        "nohup", "setsid", "timeout", "nice", "ionice", "chrt", "taskset", "stdbuf", "unbuffer", "catchsegv",
        "sudo", "su", "runuser", "setpriv", "gosu", "su-exec", "chpst", "unshare", "time",
        "nodemon", "ts-node-dev", "tsx", "tsnd", "node-dev", "watchexec", "entr", "xvfb-run",
    ]

    /// Programs that wrap by some of their commands only.
    private static let verbs: [String: Set<String>] = [
        "uv": ["run"], "poetry": ["run"], "pipenv": ["run"], "pdm": ["run"], "hatch": ["run"], "conda": ["run"],
        "doppler": ["run"], "infisical": ["run"], "op": ["run"], "chamber": ["exec"], "aws-vault": ["exec"],
        "rvm": ["do"], "rbenv": ["exec"], "mise": ["exec", "x", "run"],
    ]

    private static let tools: Set<String> = [
        "sleep", "cat", "tail", "tee", "wait", "date", "inotifywait", "flock", "logger", "grep", "awk", "sed",
    ]

    /// Short and without anything that could be a secret: `npm start`, `sh -c`.
    static func title(of index: Int, in scene: Scene) -> String {
        let program = scene.programs[index]
        if Launchers.shells.contains(program.command) {
            let script = program.rest.first { !$0[...].hasStart("-") }
            if program.rest.first == "-c" { return "\(program.command) -c" }
            return script.map { "\(program.command) \(Program.lastComponent($0))" } ?? program.command
        }
        let isVerb = { (word: String) in
            word.utf8.count <= 32
                && word.utf8.allSatisfy { byte in
                    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || ":-_".utf8.contains(byte)
                } && !word[...].hasStart("-")
        }
        let words =
            ["npm", "npm-cli", "npx", "yarn", "pnpm"].contains(program.name) ? program.rest.prefix { isVerb($0) } : []
        let name = program.name == "npm-cli" ? "npm" : program.name
        return ([name] + words.prefix(2)).joined(separator: " ")
    }
}
