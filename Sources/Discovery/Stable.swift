/// Text without what changes from one release, upgrade or start of the same thing to the next.
enum Stable {
    /// A path without the names of releases: what follows a `releases` or `versions`, and what is only a number or a
    /// digest.
    static func path(_ path: String) -> String {
        guard path.utf8.contains(UInt8(ascii: "/")) else { return path }
        var changes = false
        var names = false
        let parts = path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).map {
            bytes -> Substring in
            let part = Substring(bytes)
            let isStamp = names || isStamp(part)
            names = part == "releases" || part == "versions"
            changes = changes || isStamp
            return isStamp ? "*" : part
        }
        return changes ? parts.joined(separator: "/") : path
    }

    /// A time, a number of a build, a commit.
    private static func isStamp(_ part: Substring) -> Bool {
        let bytes = part.utf8
        guard bytes.count >= 7 else { return false }
        let isDigit = { (byte: UInt8) in (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
        let isPunctuation = { (byte: UInt8) in "-_T".utf8.contains(byte) }
        if bytes.allSatisfy({ isDigit($0) || isPunctuation($0) }) { return bytes.contains(where: isDigit) }
        return bytes.count >= 7 && bytes.count <= 64 && bytes.contains(where: isDigit)
            && bytes.allSatisfy { isDigit($0) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains($0) }
    }

    /// Arguments as they tell one program from another: releases set aside, and the numbers of pipes that Python puts
    /// into the code its spawned workers run.
    static func arguments(_ arguments: [String]) -> [String] {
        if let first = arguments.first, arguments.last == "--multiprocessing-fork" {
            return [first, "--multiprocessing-fork"]
        }
        return arguments.map(path)
    }

    /// The same without digits: what servers of one app have in common whose ports and numbers differ.
    static func withoutDigits(_ arguments: [String]) -> [String] {
        self.arguments(arguments).map { argument in
            guard argument.utf8.contains(where: { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else {
                return argument
            }
            return String(
                decoding: argument.utf8.filter { !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }, as: UTF8.self)
        }
    }
}
