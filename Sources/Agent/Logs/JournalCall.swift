import Glibc
import Model

/// The journal of this machine, by `journalctl` as an argument vector. Nothing of it comes from the wire but numbers and a
/// cursor of its own grammar.
struct JournalCall: Sendable {
    static let places = ["/usr/bin/journalctl", "/bin/journalctl"]
    /// A journal of years on a slow disk takes long; a screen waits no longer.
    static let limit = Duration.seconds(5)
    static let outputLimit = 2 << 20

    /// Whose entries.
    enum Match: Hashable, Sendable {
        case processes([Int32])
        /// What the service wrote, and what systemd says of it.
        case unit(String, user: UInt32?)
    }

    enum From: Hashable, Sendable {
        case after(cursor: String)
        /// The newest ones; `nil`: however old. Read backwards: forwards `--lines` with `--since` means the oldest of
        /// them to journalctl before 254.
        case newest(since: WallTime?)
    }

    let program: Program
    private let isReversed: Bool

    /// - Parameters:
    ///   - boot: of which the pids are.
    ///   - places: where `journalctl` may be.
    init(
        _ match: Match, _ from: From, entries: Int, boot: BootID, places: [String] = Self.places
    ) throws(CallTrouble) {
        guard let path = places.first(where: { access($0, X_OK) == 0 }) else {
            throw .failed("there is no journalctl at \(places.joined(separator: " or "))")
        }
        var words = [
            path, "--no-pager", "--output=export", "--output-fields=MESSAGE,_PID", "--lines=\(max(entries, 0))",
        ]
        switch from {
        case .after(let cursor):
            guard JournalEntries.isCursor(cursor.utf8) else { throw .failed("that is no cursor of the journal") }
            words.append("--after-cursor=\(cursor)")
            isReversed = false
        case .newest(let since):
            words.append("--reverse")
            if let since { words.append("--since=\(Self.text(since))") }
            isReversed = true
        }
        switch match {
        case .processes(let pids):
            guard !pids.isEmpty else { throw .failed("no process is known") }
            words.append("_BOOT_ID=\(boot.hex)")
            words += pids.prefix(Self.maximumProcesses).map { "_PID=\($0)" }
        case .unit(let unit, let user):
            guard SystemctlCall.isUnit(unit) else {
                throw .failed("\(excerpt(unit, limit: 80)) is no name of a service of systemd")
            }
            words.append(user == nil ? "--unit=\(unit)" : "--user-unit=\(unit)")
            if let user, user != geteuid() { words.append("_UID=\(user)") }
        }
        program = Program(
            words: words, environment: ["LC_ALL": "C.UTF-8", "SYSTEMD_COLORS": "0"], outputLimit: Self.outputLimit,
            keepsStart: true)
    }

    static let maximumProcesses = 128

    /// Seconds since 1970, as systemd.time(7) takes them.
    private static func text(_ time: WallTime) -> String {
        let microseconds = max(time.nanoseconds, 0) / 1000
        return "@\(microseconds / 1_000_000).\(CivilTime.padded(microseconds % 1_000_000, 6))"
    }

    /// - Returns: entries, the oldest first.
    func perform(by deadline: Deadline) throws(CallTrouble) -> [JournalEntries.Entry] {
        guard let end = try program.run(in: nil, by: deadline, onLate: {}) else { throw .timedOut }
        let found = JournalEntries(parsing: end.output)
        let said = excerpt(found.said, limit: 160)
        if end.status != .code(0) { throw .failed("journalctl failed\(said.isEmpty ? "" : ": \(said)")") }
        if found.entries.isEmpty, said.contains("No journal files were") {
            throw .failed(
                said.contains("opened") ? "the agent may read no journal of this host" : "this host keeps no journal")
        }
        if found.entries.isEmpty, said.contains("not seeing messages from other users") {
            throw .failed("the agent's user may not read the journal: it has to be in the group systemd-journal")
        }
        // What is cut off is of the last one.
        let whole = end.output.count < Self.outputLimit ? found.entries : found.entries.dropLast()
        return isReversed ? whole.reversed() : whole
    }
}
