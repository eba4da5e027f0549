public import Model

/// One look at one thread of a process, to find out which of them run event loops.
public struct ThreadLook: Hashable, Sendable {
    public var tid: Int32
    /// Its number is the process's.
    public var isMain: Bool
    public var place: Probe.Place
    /// How many descriptors it waits for, where the call says so: the second argument of poll and ppoll.
    public var waitedOn: UInt64?
    /// The event wait that `wchan` names, where `place` is no more than `asleep(inEventWait: true)`.
    public var waitKind: LoopKind?
    /// ns it ran and times it got a CPU, in its life: `task/<tid>/schedstat`.
    public var runNanoseconds: UInt64
    public var timeslices: UInt64
    /// `task/<tid>/sched`; without it `timeslices` serve.
    public var voluntarySwitches: UInt64?

    public init(
        tid: Int32, isMain: Bool, place: Probe.Place, waitedOn: UInt64? = nil, waitKind: LoopKind? = nil,
        runNanoseconds: UInt64, timeslices: UInt64, voluntarySwitches: UInt64? = nil
    ) {
        self.tid = tid
        self.isMain = isMain
        self.place = place
        self.waitedOn = waitedOn
        self.waitKind = waitKind
        self.runNanoseconds = runNanoseconds
        self.timeslices = timeslices
        self.voluntarySwitches = voluntarySwitches
    }

    /// Times it gave up the CPU, as far as known.
    var switches: UInt64 { voluntarySwitches ?? timeslices }

    /// What the look tells about the thread.
    enum Meaning: Equatable {
        /// On a CPU or wanting one.
        case running
        /// Waits for events; the descriptor if it is epoll's.
        case events(LoopKind, epollDescriptor: UInt64?)
        /// Waits for one descriptor, as blocking code with a time limit does.
        case oneDescriptor(SystemCall)
        /// Asleep elsewhere.
        case elsewhere(SystemCall?)
        /// Stopped: nothing about the thread.
        case nothing
    }

    var meaning: Meaning {
        switch place {
        case .running: return .running
        case .stopped: return .nothing
        case .outside, .asleep(inEventWait: false): return .elsewhere(nil)
        case .asleep(inEventWait: true): return .events(waitKind ?? .unknown, epollDescriptor: nil)
        case .call(let call, let first):
            switch call.loopKind {
            case .epoll: return .events(.epoll, epollDescriptor: first)
            case .poll:
                if waitedOn == 1 { return .oneDescriptor(call) }
                // poll(NULL, 0, ms) and select(0, ...) are ways to sleep.
                return waitedOn == 0 ? .elsewhere(call) : .events(.poll, epollDescriptor: nil)
            case .select: return first == 0 ? .elsewhere(call) : .events(.select, epollDescriptor: nil)
            case let kind?: return .events(kind, epollDescriptor: nil)
            case nil: return .elsewhere(call)
            }
        }
    }
}

extension SystemCall {
    /// accept(2): a loop never sleeps in it, a thread per request waits for work there.
    var isAccept: Bool { number == 43 || number == 288 }
}
