/// Reading terminfo strings without curses.
enum Terminfo {
    /// Terminfo notes delays for hardware terminals as `$<5>`, which nobody should see.
    static func withoutPadding(_ capability: String) -> String {
        var result = ""
        var rest = capability[...]
        while let mark = rest.firstIndex(of: "$") {
            let after = rest.index(after: mark)
            if after < rest.endIndex, rest[after] == "<", let end = rest[after...].firstIndex(of: ">") {
                result += rest[..<mark]
                rest = rest[rest.index(after: end)...]
            } else {
                result += rest[...mark]
                rest = rest[after...]
            }
        }
        return result + rest
    }
}
