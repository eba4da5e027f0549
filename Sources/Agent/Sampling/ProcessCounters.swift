import CLinux

/// What the BPF program of `TaskIterator` tells of one process. All of one moment.
struct ProcessCounters {
    private let told: looptop_process
    /// When it began, as `/proc/PID/stat` counts it.
    let startTicks: UInt64

    init(_ told: looptop_process, nanosecondsPerTick: UInt64) {
        self.told = told
        startTicks = told.start / nanosecondsPerTick
    }

    /// Living ones.
    var threads: UInt64 { UInt64(told.threads) }
    /// Of its main thread.
    var voluntarySwitches: UInt64 { told.voluntary }
    var involuntarySwitches: UInt64 { told.involuntary }
    /// ns runnable without a CPU, main thread.
    var waitNanoseconds: UInt64 { told.wait }
    /// ns on a CPU, main thread. The kernel adds up when it takes a thread off its CPU, and at each tick.
    var runNanoseconds: UInt64 { told.run }
    /// ns on a CPU of the threads that ended.
    var endedNanoseconds: UInt64 { told.ended_run }
    /// Bytes from and to storage, where it has one thread: of others only the main one counts here.
    var storage: (read: UInt64, written: UInt64)? { told.threads == 1 ? (told.read, told.written) : nil }
    /// Changes when its main thread had a page fault, or its address space has another size.
    var memoryMark: UInt64 { told.memory_mark }
    /// `nil` where there are too many to be counted so.
    var openFiles: UInt64? { told.open_files == LOOPTOP_UNKNOWN_FILES ? nil : UInt64(clamping: told.open_files) }
    /// The letter of `/proc/PID/status` as ASCII. The kernel's `task_state_array` (fs/proc/array.c): by the highest bit.
    var state: UInt8 {
        let letters: StaticString = "RSDTtXZP"
        return letters.utf8Start[min(7, UInt32.bitWidth - told.state.leadingZeroBitCount)]
    }
    /// It ended and was not reaped, or is about to go.
    var isDead: Bool { state == UInt8(ascii: "Z") || state == UInt8(ascii: "X") }
}
