/// What a command line runs: the interpreter set aside, the script or module behind it.
struct Program: Equatable {
    /// `python`, `node` …, without version digits; `nil` for a program of its own.
    var runtime: String?
    /// Script path, module, jar or class an interpreter runs; `nil` for code on the command line, or none.
    var target: String?
    /// Arguments behind the target, or behind the program.
    var rest: [String]
    /// Last path component of the first word.
    var command: String

    /// The target's, else the program's last path component, without an ending such as `.js`.
    var name: String { Self.stem(target ?? command) }

    /// `true` for `gunicorn …`, `python /usr/bin/gunicorn …` and `python -m gunicorn …`.
    func runs(_ program: String) -> Bool { name == program }

    init(_ entry: ProcessEntry) {
        var words = entry.arguments
        // A title is one argument. A program without arguments may have blanks in its path.
        if words.count == 1, words[0] != entry.executable { words = words[0].split(separator: " ").map(String.init) }
        let first = words.first ?? entry.executable ?? entry.name
        // The name of a login shell begins with a dash.
        command = Self.lastComponent(first.first == "-" ? String(first.dropFirst()) : first)
        if command.last == ":" { command.removeLast() }  // php-fpm: pool www
        rest = Array(words.dropFirst())
        // Arguments that are no title tell what runs even where the first of them does not name the interpreter.
        let file = entry.arguments.count > 1 ? entry.executable.map(Self.lastComponent) : nil
        let interpreters = [command, file ?? command].lazy.compactMap { Interpreter.all[Self.withoutVersion($0)] }
        guard let interpreter = interpreters.first else { return }
        runtime = interpreter.family
        (target, rest) = interpreter.target(in: rest)
    }

    static func lastComponent(_ path: String) -> String {
        // Over bytes: this runs for each process at each look, and splitting text cost a quarter of all discovery.
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return path }
        let last = path[path.utf8.index(after: slash)...]
        if !last.isEmpty { return String(last) }
        return path.split(separator: "/").last.map(String.init) ?? path
    }

    /// `python3.11` is python, `node20` is node.
    static func withoutVersion(_ command: String) -> String {
        let end = command.lastIndex { !($0.isASCII && $0.isNumber) && $0 != "." }
        return end.map { String(command[...$0]) } ?? command
    }

    /// Last component without a source ending; an `index.js` takes the name of its directory.
    static func stem(_ path: String) -> String {
        let parts = path.split(separator: "/").map(String.init)
        guard let last = parts.last else { return path }
        let stem = withoutEnding(last)
        guard ["index", "main", "__main__", "__init__"].contains(stem), stem != last else { return stem }
        let uninformative: Set = [".", "..", "src", "dist", "build", "lib", "bin", "out"]
        return parts.dropLast().last { !uninformative.contains($0) } ?? stem
    }

    private static func withoutEnding(_ file: String) -> String {
        let endings = ["js", "mjs", "cjs", "ts", "mts", "cts", "py", "pyc", "rb", "pl", "php", "jar", "dll"]
        guard let dot = file.lastIndex(of: "."), dot > file.startIndex,
            endings.contains(String(file[file.index(after: dot)...]))
        else { return file }
        return String(file[..<dot])
    }
}

/// How to find what an interpreter runs among its options.
struct Interpreter: Sendable {
    var family: String
    /// Options whose value is the next argument.
    var valued: Set<String> = []
    /// Options that bring code instead of a file.
    var inline: Set<String> = []
    /// Options whose value is what runs: `-m module`, `-jar file`.
    var naming: Set<String> = []
    /// First words that are no script: `bun run x.ts`.
    var verbs: Set<String> = []

    func target(in arguments: [String]) -> (String?, rest: [String]) {
        var index = 0
        while index < arguments.count {
            let argument = arguments[index]
            if argument == "--" {
                index += 1
                break
            }
            guard argument.hasPrefix("-"), argument != "-" else {
                guard verbs.contains(argument) else { break }
                index += 1
                continue
            }
            let tail = Array(arguments.dropFirst(index + 1))
            if inline.contains(argument) { return (nil, tail) }
            if naming.contains(argument) { return (tail.first, Array(tail.dropFirst())) }
            index += valued.contains(argument) ? 2 : 1
        }
        guard index < arguments.count else { return (nil, []) }
        return (arguments[index], Array(arguments[(index + 1)...]))
    }

    /// By the program's name without version digits.
    static let all: [String: Interpreter] = {
        let node = Interpreter(
            family: "node",
            valued: [
                "-r", "--require", "--import", "--loader", "--experimental-loader", "-C", "--conditions", "--title",
                "--inspect-port", "--env-file", "--input-type",
            ],
            inline: ["-e", "--eval", "-p", "--print", "-pe"])
        return [
            "node": node, "nodejs": node,
            "bun": Interpreter(family: "bun", valued: ["-r", "--preload"], inline: ["-e"], verbs: ["run"]),
            "deno": Interpreter(family: "deno", inline: ["eval"], verbs: ["run", "serve"]),
            "python": Interpreter(
                family: "python", valued: ["-W", "-X"], inline: ["-c"], naming: ["-m", "-um", "-Im", "-Bm"]),
            "pypy": Interpreter(family: "python", valued: ["-W", "-X"], inline: ["-c"], naming: ["-m"]),
            "ruby": Interpreter(family: "ruby", valued: ["-r", "-I", "-C"], inline: ["-e"]),
            "perl": Interpreter(family: "perl", valued: ["-I"], inline: ["-e", "-E"]),
            "php": Interpreter(family: "php", valued: ["-c", "-d", "-S", "-t"], inline: ["-r"], naming: ["-f"]),
            "java": Interpreter(
                family: "java",
                valued: ["-cp", "-classpath", "--class-path", "-p", "--module-path", "--add-modules", "--add-opens"],
                naming: ["-jar", "-m", "--module"]),
            "dotnet": Interpreter(family: "dotnet", verbs: ["exec", "run"]),
        ]
    }()
}
