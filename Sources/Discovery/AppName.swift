/// What a person calls the application a process belongs to.
enum AppName {
    /// From a worker's command line; where that only says "an interpreter", from its master's.
    static func of(_ worker: ProcessEntry, master: ProcessEntry? = nil) -> String {
        let program = Program(worker)
        if program.runtime != nil, program.target == nil, let master {
            let above = Program(master)
            if above.target != nil { return name(of: above) }
        }
        return name(of: program)
    }

    private static func name(of program: Program) -> String {
        // These load an application: `wsgi:app` says more than the server's name.
        guard ["gunicorn", "uvicorn", "hypercorn", "daphne"].contains(program.name) else { return program.name }
        return pythonApplication(in: program.rest) ?? program.name
    }

    /// The `--name` of a gunicorn, or the first argument that is `module:attribute`, or a module where no option stands
    /// before it that could own it.
    static func pythonApplication(in arguments: [String]) -> String? {
        var plain: String?
        var ownsNext = false
        for (index, argument) in arguments.enumerated() {
            if argument == "--name" || argument == "-n", index + 1 < arguments.count { return arguments[index + 1] }
            if argument.hasPrefix("--name=") { return String(argument.dropFirst(7)) }
            if argument.hasPrefix("-") {
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
