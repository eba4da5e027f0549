/// A system call by its x86-64 number, whatever machine it was seen on: the wire speaks one numbering. syscalls(2).
public struct SystemCall: Hashable, Sendable {
    public var number: UInt16

    public init(number: UInt16) { self.number = number }

    /// From the number of the machine this runs on; `nil` for one that only that machine has a number for.
    public init?(native: UInt64) {
        #if arch(x86_64)
        guard let number = UInt16(exactly: native) else { return nil }
        self.number = number
        #else
        guard let call = SystemCall(generic: native) else { return nil }
        self = call
        #endif
    }

    /// From the number of arm64, riscv64 and later machines.
    init?(generic: UInt64) {
        guard let row = Self.table.first(where: { $0.generic != .max && UInt64($0.generic) == generic }) else {
            return nil
        }
        number = row.x86
    }

    /// As a manual page is called; `syscall 123` for one that is not in the table.
    public var name: String { Self.table.first { $0.x86 == number }?.name ?? "syscall \(number)" }

    public static let epollWait = SystemCall(number: 232)
    public static let epollPwait = SystemCall(number: 281)
    public static let epollPwait2 = SystemCall(number: 441)
    public static let poll = SystemCall(number: 7)
    public static let ppoll = SystemCall(number: 271)
    public static let select = SystemCall(number: 23)
    public static let pselect = SystemCall(number: 270)
    public static let ioUringEnter = SystemCall(number: 426)
    /// What a sleep with a timeout goes on as after a stop: `restart_syscall`, in `poll`, `nanosleep` and `futex`.
    public static let restart = SystemCall(number: 219)

    /// The event wait it is, if any.
    public var loopKind: LoopKind? {
        switch self {
        case .epollWait, .epollPwait, .epollPwait2: .epoll
        case .poll, .ppoll: .poll
        case .select, .pselect: .select
        case .ioUringEnter: .ioUring
        default: nil
        }
    }

    /// The calls a thread can be found sleeping in. `generic` is the number of arm64, riscv64 and later machines
    /// (include/uapi/asm-generic/unistd.h); `UInt16.max` where they have no such call.
    static let table: [(name: String, x86: UInt16, generic: UInt16)] = [
        ("read", 0, 63), ("write", 1, 64), ("close", 3, 57), ("poll", 7, .max), ("mmap", 9, 222), ("munmap", 11, 215),
        ("ioctl", 16, 29), ("pread64", 17, 67), ("pwrite64", 18, 68), ("readv", 19, 65), ("writev", 20, 66),
        ("select", 23, .max), ("sched_yield", 24, 124), ("msync", 26, 227), ("madvise", 28, 233), ("pause", 34, .max),
        ("nanosleep", 35, 101), ("sendfile", 40, 71), ("connect", 42, 203), ("accept", 43, 202),
        ("sendto", 44, 206), ("recvfrom", 45, 207), ("sendmsg", 46, 211), ("recvmsg", 47, 212), ("wait4", 61, 260),
        ("semop", 65, 193), ("msgsnd", 69, 189), ("msgrcv", 70, 188), ("fcntl", 72, 25), ("flock", 73, 32),
        ("fsync", 74, 82), ("fdatasync", 75, 83), ("truncate", 76, 45), ("ftruncate", 77, 46), ("getdents", 78, .max),
        ("rename", 82, .max), ("mkdir", 83, .max), ("unlink", 87, .max), ("open", 2, .max), ("stat", 4, .max),
        ("fstat", 5, 80), ("lstat", 6, .max), ("rt_sigsuspend", 130, 133), ("rt_sigtimedwait", 128, 137),
        ("sync", 162, 81), ("futex", 202, 98), ("io_getevents", 208, 4), ("semtimedop", 220, 192),
        ("clock_nanosleep", 230, 115), ("epoll_wait", 232, .max), ("mq_timedsend", 242, 182),
        ("mq_timedreceive", 243, 183), ("waitid", 247, 95), ("openat", 257, 56), ("newfstatat", 262, 79),
        ("unlinkat", 263, 35), ("renameat", 264, 38), ("pselect6", 270, 72), ("ppoll", 271, 73), ("splice", 275, 76),
        ("tee", 276, 77), ("sync_file_range", 277, 84), ("vmsplice", 278, 75), ("epoll_pwait", 281, 22),
        ("fallocate", 285, 47), ("accept4", 288, 242), ("preadv", 295, 69), ("pwritev", 296, 70),
        ("recvmmsg", 299, 243), ("syncfs", 306, 267), ("sendmmsg", 307, 269), ("getdents64", 217, 61),
        ("renameat2", 316, 276), ("statx", 332, 291), ("copy_file_range", 326, 285), ("preadv2", 327, 286),
        ("pwritev2", 328, 287), ("io_uring_enter", 426, 426), ("epoll_pwait2", 441, 441), ("futex_waitv", 449, 449),
        ("mprotect", 10, 226), ("brk", 12, 214), ("mremap", 25, 216), ("shutdown", 48, 210), ("clone", 56, 220),
        ("fork", 57, .max), ("vfork", 58, .max), ("execve", 59, 221), ("exit", 60, 93), ("rmdir", 84, .max),
        ("creat", 85, .max), ("link", 86, .max), ("symlink", 88, .max), ("ptrace", 101, 117), ("mlock", 149, 228),
        ("readahead", 187, 213), ("restart_syscall", 219, 128), ("fadvise64", 221, 223), ("exit_group", 231, 94),
        ("mkdirat", 258, 34), ("linkat", 265, 37), ("symlinkat", 266, 36), ("process_vm_readv", 310, 270),
        ("getrandom", 318, 278), ("io_pgetevents", 333, 292), ("clone3", 435, 435), ("openat2", 437, 437),
    ]
}
