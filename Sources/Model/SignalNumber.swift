/// Signals by number, as Linux counts them on x86, arm and riscv. Source: signal(7).
public enum SignalNumber {
    public static let hup: UInt8 = 1
    public static let int: UInt8 = 2
    public static let quit: UInt8 = 3
    public static let abrt: UInt8 = 6
    public static let kill: UInt8 = 9
    public static let usr1: UInt8 = 10
    public static let usr2: UInt8 = 12
    public static let term: UInt8 = 15
    public static let cont: UInt8 = 18
    public static let tstp: UInt8 = 20
    public static let ttin: UInt8 = 21
    public static let ttou: UInt8 = 22
    public static let winch: UInt8 = 28

    /// What an operator may send by hand. KILL belongs to a restart that was polite first, and STOP to nobody.
    public static let allowed: [UInt8] = [hup, int, quit, abrt, usr1, usr2, term, cont, tstp, ttin, ttou, winch]

    /// Those whose default is to end a process that does not handle them. signal(7).
    public static let endsByDefault: Set<UInt8> = [hup, int, quit, abrt, kill, usr1, usr2, term]
    /// Those whose default is to stop it.
    public static let stopsByDefault: Set<UInt8> = [tstp, ttin, ttou]

    /// `SIGTERM`; a number without a name keeps its number.
    public static func name(_ number: UInt8) -> String { "SIG" + (word(number) ?? "\(number)") }

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
