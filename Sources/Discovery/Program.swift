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
    let name: String

    // Over bytes, all of it: this runs for each process at each look, and splitting text cost a quarter of all
    // discovery.
    init(_ entry: ProcessEntry) {
        var words = entry.arguments
        // A title is one argument. A program without arguments may have blanks in its path.
        if words.count == 1, words[0] != entry.executable { words = words[0][...].parts(at: " ").map(String.init) }
        let first = words.first ?? entry.executable ?? entry.name
        // The name of a login shell begins with a dash.
        var command = Self.lastComponent(first.utf8.first == UInt8(ascii: "-") ? String(first.dropFirst()) : first)
        if command.utf8.last == UInt8(ascii: ":") { command.removeLast() }  // php-fpm: pool www
        self.command = command
        rest = Array(words.dropFirst())
        // Arguments that are no title tell what runs even where the first of them does not name the interpreter.
        let file = entry.arguments.count > 1 ? entry.executable.map(Self.lastComponent) : nil
        var interpreter = Interpreter.all[Self.withoutVersion(command)]
        if interpreter == nil, let file, file != command { interpreter = Interpreter.all[Self.withoutVersion(file)] }
        guard let interpreter else {
            name = Self.stem(command)
            return
        }
        runtime = interpreter.family
        (target, rest) = interpreter.target(in: rest)
        // `bundle exec puma` becomes puma.
        if runtime == "ruby", rest.count > 1, rest[0] == "exec",
            target.map({ Self.stem($0)[...].hasStart("bundle") }) ?? false
        {
            (target, rest) = (rest[1], Array(rest.dropFirst(2)))
        }
        name = Self.stem(target ?? command)
    }

    static func lastComponent(_ path: String) -> String {
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return path }
        let last = path[path.utf8.index(after: slash)...]
        if !last.isEmpty { return String(last) }
        return path[...].parts(at: "/").last.map(String.init) ?? path
    }

    /// `python3.11` is python, `node20` is node.
    static func withoutVersion(_ command: String) -> String {
        let bytes = command.utf8
        let end = bytes.lastIndex { !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) && $0 != UInt8(ascii: ".") }
        guard let end, bytes.index(after: end) != bytes.endIndex else { return command }
        return String(command[..<bytes.index(after: end)])
    }

    /// Last component without a source ending; an `index.js` takes the name of its directory.
    static func stem(_ path: String) -> String {
        let last = lastComponent(path)
        let stem = withoutEnding(last)
        guard stem.utf8.count != last.utf8.count, ["index", "main", "__main__", "__init__"].contains(stem) else {
            return stem
        }
        let uninformative: Set<Substring> = [".", "..", "src", "dist", "build", "lib", "bin", "out"]
        return path[...].parts(at: "/").dropLast().last { !uninformative.contains($0) }.map(String.init) ?? stem
    }

    private static let endings: Set<Substring> = [
        "js", "mjs", "cjs", "ts", "mts", "cts", "py", "pyc", "rb", "pl", "php", "jar", "dll",
    ]

    private static func withoutEnding(_ file: String) -> String {
        guard let dot = file.utf8.lastIndex(of: UInt8(ascii: ".")), dot > file.startIndex,
            endings.contains(file[file.utf8.index(after: dot)...])
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
            guard argument[...].hasStart("-"), argument != "-" else {
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
