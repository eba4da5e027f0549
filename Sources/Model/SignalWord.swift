/// Names of signals, as signal(7) has them for x86 and ARM.
public enum SignalWord {
    private static let words: [UInt8: String] = [
        1: "HUP", 2: "INT", 3: "QUIT", 4: "ILL", 5: "TRAP", 6: "ABRT", 7: "BUS", 8: "FPE", 9: "KILL", 10: "USR1",
        11: "SEGV", 12: "USR2", 13: "PIPE", 14: "ALRM", 15: "TERM", 17: "CHLD", 18: "CONT", 19: "STOP", 20: "TSTP",
        21: "TTIN", 22: "TTOU", 23: "URG", 24: "XCPU", 25: "XFSZ", 28: "WINCH", 31: "SYS",
    ]

    /// Without `SIG`; `nil` for a number that no program goes by.
    public static func word(_ number: UInt8) -> String? { words[number] }

    /// With or without `SIG`, in capitals.
    public static func number(_ word: String) -> UInt8? {
        let short = word.hasPrefix("SIG") ? String(word.dropFirst(3)) : word
        return words.first { $0.value == short }?.key
    }
}
