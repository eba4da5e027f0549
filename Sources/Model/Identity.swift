/// 128 bits that name something: a boot, a host, a command, a run of the agent. Written as 32 hex digits.
public struct Identifier128: Hashable, Comparable, Sendable {
    public var high: UInt64
    public var low: UInt64

    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// From 32 hex digits, dashes allowed anywhere between them (`/proc/sys/kernel/random/boot_id`); `nil` for anything else.
    public init?(hex: some StringProtocol) {
        var digits = 0
        var high: UInt64 = 0
        var low: UInt64 = 0
        for character in hex.utf8 where character != UInt8(ascii: "-") {
            guard let digit = Self.digit(character), digits < 32 else { return nil }
            high = high << 4 | low >> 60
            low = low << 4 | UInt64(digit)
            digits += 1
        }
        guard digits == 32 else { return nil }
        self.init(high: high, low: low)
    }

    /// 32 lower-case hex digits.
    public var hex: String { Self.padded(high) + Self.padded(low) }

    public static func random() -> Self {
        var generator = SystemRandomNumberGenerator()  // getrandom(2)
        return Self(high: generator.next(), low: generator.next())
    }

    public static func < (left: Self, right: Self) -> Bool { (left.high, left.low) < (right.high, right.low) }

    private static func digit(_ character: UInt8) -> UInt8? {
        switch character {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): character - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): character - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): character - UInt8(ascii: "A") + 10
        default: nil
        }
    }

    private static func padded(_ value: UInt64) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}

/// One boot of one machine. Source: `/proc/sys/kernel/random/boot_id`.
public typealias BootID = Identifier128
/// One agent identity, made by `looptop-agent init` (or at first start) and kept in its state directory.
public typealias HostID = Identifier128
/// One command, made by whoever issues it; a repeated id is the same command.
public typealias CommandID = Identifier128

/// A process, named so that no later process can be taken for it: never by pid alone.
public struct WorkerID: Hashable, Comparable, Sendable {
    public var boot: BootID
    public var pid: Int32
    /// Clock ticks after boot at which the process started. Source: `/proc/<pid>/stat`, field 22, proc_pid_stat(5).
    public var startTicks: UInt64

    public init(boot: BootID, pid: Int32, startTicks: UInt64) {
        self.boot = boot
        self.pid = pid
        self.startTicks = startTicks
    }

    /// Without the boot, which all workers of a host share: half of the work of each look into a table of workers.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(startTicks)
        hasher.combine(pid)
    }

    public static func < (left: Self, right: Self) -> Bool {
        (left.pid, left.startTicks, left.boot) < (right.pid, right.startTicks, right.boot)
    }
}
