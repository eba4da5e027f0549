/// Why a loop did not turn.
public enum StallCause: Hashable, Sendable {
    /// It ran.
    case cpu
    /// It was runnable and had no CPU.
    case runQueue
    /// It waited outside its loop: in this system call, where known.
    case blocked(SystemCall?)
    /// By a signal, a debugger or its cgroup's freezer.
    case stopped
    /// Its cgroup's CPU quota was used up.
    case throttled

    /// As JSON writes it.
    public var word: String {
        switch self {
        case .cpu: "cpu"
        case .runQueue: "runqueue"
        case .blocked: "blocked"
        case .stopped: "stopped"
        case .throttled: "throttled"
        }
    }

    /// It waited for events, and not for its own: a nested loop ran inside it, as Node's `execSync` does. In poll(2) it may
    /// as well have waited for one answer, as clients of databases do: nothing is said then.
    public var isNestedLoop: Bool { systemCall?.loopKind == .epoll }

    public var systemCall: SystemCall? { if case .blocked(let call) = self { call } else { nil } }

    /// Bits 0-3 the cause, from 4 on the system call's number plus one (0: not known). Part of the wire format.
    public var packed: UInt64 {
        switch self {
        case .cpu: 1
        case .runQueue: 2
        case .blocked(let call): 3 | (call.map { UInt64($0.number) + 1 } ?? 0) << 4
        case .stopped: 4
        case .throttled: 5
        }
    }

    /// `nil` for what this version does not know.
    public init?(packed: UInt64) {
        switch (packed & 15, packed >> 4) {
        case (1, 0): self = .cpu
        case (2, 0): self = .runQueue
        case (3, 0): self = .blocked(nil)
        case (3, let call):
            guard let number = UInt16(exactly: call - 1) else { return nil }
            self = .blocked(SystemCall(number: number))
        case (4, 0): self = .stopped
        case (5, 0): self = .throttled
        default: return nil
        }
    }
}
