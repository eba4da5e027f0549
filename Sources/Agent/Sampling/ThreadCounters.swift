import CLinux
import Glibc
import ProcFS

/// What the scheduler counts of one thread.
struct ThreadCounters: Equatable {
    /// ns on a CPU, and ns runnable without one.
    var runNanoseconds: UInt64
    var waitNanoseconds: UInt64
    /// How often it left the CPU by itself, and because another one was given it.
    var voluntarySwitches: UInt64
    var involuntarySwitches: UInt64
}

/// Asks the kernel for the counters of many threads at once: a quarter of what two files a thread cost. Taskstats of the
/// kernel, by netlink; needs CAP_NET_ADMIN.
final class ThreadCounterBatch {
    /// The most that are asked for at once.
    static let size = Int(LOOPTOP_TASKSTATS_BATCH)

    private let socket: OwnedFD
    private let family: UInt16
    private var sequence: UInt32 = 2
    private let threads = UnsafeMutableBufferPointer<Int32>.allocate(capacity: size)
    private let answers = UnsafeMutableBufferPointer<looptop_task>.allocate(capacity: size)
    private var count = 0

    /// `nil` where the kernel does not tell, or not us.
    init?() {
        var family: UInt16 = 0
        let raw = looptop_taskstats_open(&family)
        guard raw >= 0 else { return nil }
        socket = OwnedFD(adopting: raw)
        self.family = family
        answers.initialize(repeating: looptop_task())
    }

    deinit {
        threads.deallocate()
        answers.deallocate()
    }

    /// Asks for the threads with these numbers, at most `size`; false where the kernel did not answer.
    func ask(_ numbers: some Sequence<Int32>) -> Bool {
        count = 0
        for number in numbers.prefix(Self.size) {
            threads[count] = number
            count += 1
        }
        sequence &+= UInt32(Self.size)
        guard looptop_taskstats_get(socket.raw, family, sequence, threads.baseAddress, count, answers.baseAddress) == 0
        else {
            count = 0
            return false
        }
        return true
    }

    /// Of the nth that was asked for. Throws `.vanished` where there is no such thread.
    func counters(at index: Int) throws(ProcError) -> ThreadCounters {
        guard index < count else { throw .io(file: "taskstats", errno: EINVAL) }
        let answer = answers[index]
        guard answer.result == 0 else { throw ProcError(errno: -answer.result, file: "taskstats") }
        return ThreadCounters(
            runNanoseconds: answer.run, waitNanoseconds: answer.wait, voluntarySwitches: answer.voluntary,
            involuntarySwitches: answer.involuntary)
    }
}
