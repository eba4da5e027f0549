import Discovery

/// Where a Python server's program file comes from, to find out its version without running anything.
enum PythonPlaces {
    /// Directories in which `lib/python3…/site-packages` may hold the package, in Python's order; empty where its command line
    /// does not tell. A program file beside the script that runs, or beside the interpreter as it was called: for a virtual
    /// environment the interpreter's own file is elsewhere.
    static func prefixes(of entry: ProcessEntry, running program: String) -> [String] {
        let words = entry.arguments.prefix(8)
        let script = words.first { $0.hasSuffix("/" + program) }
        guard let file = script ?? words.first.flatMap({ $0.contains("/") ? $0 : nil }) else { return [] }
        guard let path = file.hasPrefix("/") ? file : entry.workingDirectory.map({ "\($0)/\(file)" }) else { return [] }
        var parts: [Substring] = []
        for part in path.split(separator: "/") where part != "." {
            if part == ".." { _ = parts.popLast() } else { parts.append(part) }
        }
        guard path.hasPrefix("/"), parts.count >= 2, parts[parts.count - 2] == "bin" else { return [] }
        let prefix = parts.dropLast(2).map { "/" + $0 }.joined()
        // Debian's Python looks into /usr/local first, whoever starts it.
        return ["/usr", "/usr/local", ""].contains(prefix) ? ["/usr/local", "/usr"] : [prefix]
    }

    /// Of `uvicorn-0.17.6.egg-info`, `uvicorn-0.30.1.dist-info` and other names, the version; `nil` where there is none.
    static func version(in names: [String], of package: String) -> String? {
        names.lazy.compactMap { version(of: $0, package) }.first
    }

    static func isMetadata(_ name: String, of package: String) -> Bool { version(of: name, package) != nil }

    private static func version(of name: String, _ package: String) -> String? {
        guard name.hasPrefix(package + "-"), let end = [".dist-info", ".egg-info"].first(where: name.hasSuffix) else {
            return nil
        }
        let version = name.dropFirst(package.count + 1).dropLast(end.count).prefix { $0 != "-" }  // `-py3.11` of an egg
        return version.first.map(\.isNumber) ?? false ? String(version) : nil
    }
}
