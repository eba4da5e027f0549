import CLinux
import Lag
import Model

/// The kernel's own record of when one thread got a CPU and why it lost it. perf_event_open(2).
///
/// 36 KiB of locked memory each, and no descriptor once it is mapped; the thread itself pays 1 us for each switch, and nobody anything while it
/// sleeps. 1,365 switches fit: more between two drains are lost, and said to be.
final class SwitchRing {
    /// Why there is none.
    enum Refusal: Error, Hashable {
        /// Another user's thread, `perf_event_paranoid`, or a filter on system calls.
        case denied
        /// `perf_event_mlock_kb` and RLIMIT_MEMLOCK are used up, or descriptors are.
        case noMemory
        /// The kernel was built without it.
        case unsupported
        /// There is no such thread any more.
        case vanished
    }

    static let pages: UInt32 = 8

    private var ring: looptop_switch_ring
    /// What one call takes out of the ring; a full one takes several.
    private var taken = [looptop_switch](repeating: looptop_switch(), count: 256)

    /// Goes by number: that it is the thread meant is the caller's knowledge.
    init(opening tid: Int32) throws(Refusal) {
        var ring = looptop_switch_ring()
        let refusal = looptop_switch_ring_open(tid, Self.pages, &ring)
        switch refusal {
        case 0: self.ring = ring
        case CInt(LOOPTOP_SWITCH_DENIED.rawValue): throw .denied
        case CInt(LOOPTOP_SWITCH_NO_MEMORY.rawValue): throw .noMemory
        case CInt(LOOPTOP_SWITCH_VANISHED.rawValue): throw .vanished
        default: throw .unsupported
        }
    }

    deinit { looptop_switch_ring_close(&ring) }

    /// Adds what was recorded since the last time, oldest first; returns whether records were lost in between.
    func drain(into switches: inout [Probe.Switch]) -> Bool {
        var lost: CInt = 0
        // Twice the ring: a thread that switches faster than this reads does not keep the prober here.
        for _ in 0..<12 {
            let count = taken.withUnsafeMutableBufferPointer {
                looptop_switch_ring_drain(&ring, $0.baseAddress, $0.count, &lost)
            }
            for index in 0..<count {
                let kind: Probe.Switch.Kind =
                    switch taken[index].kind {
                    case LOOPTOP_SWITCH_INTO: .into
                    case LOOPTOP_SWITCH_PREEMPTED: .preempted
                    default: .sleep
                    }
                let at = MonotonicInstant(nanoseconds: taken[index].time)
                switches.append(Probe.Switch(at: at, kind: kind))
            }
            if count < taken.count { break }
        }
        return lost != 0
    }
}
