internal import CLinux
internal import Glibc
public import Model

/// The running kernel: processes by pidfd, never by pid alone. Needs Linux 5.3; exit statuses need 6.15.
public struct LinuxKernel: Kernel {
    private let boot: BootID
    private let calls: LinuxCalls

    /// - Parameters:
    ///   - procRoot: a procfs of the agent's own pid namespace; on any other, nothing verifies.
    ///   - boot: the running boot; a target of another one has changed.
    public init(procRoot: String = "/proc", boot: BootID) {
        self.boot = boot
        calls = LinuxCalls(procRoot: procRoot)
    }

    public func open(_ target: WorkerID) -> Result<any ProcessHandle, VerificationFailure> {
        do throws(VerificationFailure) {
            return .success(PidfdHandle(pidfd: try identify(target, boot: boot, through: calls)))
        } catch {
            return .failure(error)
        }
    }
}

/// Owns one descriptor; closed with the last reference.
private final class Descriptor: Sendable {
    let raw: Int32

    init(adopting raw: Int32) {
        precondition(raw >= 0)
        self.raw = raw
    }

    deinit { close(raw) }  // nothing was written, so a close has no news to report
}

private struct PidfdHandle: ProcessHandle {
    let pidfd: Descriptor

    func signal(_ number: Int32) -> SignalResult {
        if hasExited { return .gone }  // a zombie would take the signal and nothing would come of it
        return switch looptop_pidfd_send_signal(pidfd.raw, number) {
        case 0: .sent
        case -ESRCH: .gone
        default: .denied
        }
    }

    /// A pidfd becomes readable when its process ends, reaped or not. pidfd_open(2).
    var hasExited: Bool {
        var entry = pollfd(fd: pidfd.raw, events: Int16(POLLIN), revents: 0)
        while poll(&entry, 1, 0) < 0 {
            guard errno == EINTR else { return false }
        }
        return entry.revents & Int16(POLLIN) != 0
    }

    /// Signal 0 reaches a zombie, and nobody once it is reaped. pidfd_send_signal(2).
    var isZombie: Bool { hasExited && looptop_pidfd_send_signal(pidfd.raw, 0) != -ESRCH }

    func exitStatus() -> ExitStatus? {
        var kind = LOOPTOP_EXIT_CODE
        var value: Int32 = 0
        guard looptop_pidfd_exit_status(pidfd.raw, &kind, &value) == 1, let value = UInt8(exactly: value) else {
            return nil
        }
        return kind == LOOPTOP_EXIT_SIGNAL ? .signal(value) : .code(value)
    }
}

private struct LinuxCalls: ProcessCalls {
    let procRoot: String
    /// `O_PATH` of asm-generic/fcntl.h (x86, arm, riscv); the Glibc module leaves it out.
    private static let pathOnly: Int32 = 0o10_000_000

    func directory(of pid: Int32) throws(CallFailure) -> Descriptor {
        try adopt(open("\(procRoot)/\(pid)", Self.pathOnly | O_DIRECTORY | O_CLOEXEC))
    }

    func process(_ pid: Int32) throws(CallFailure) -> Descriptor {
        let raw = looptop_pidfd_open(pid)
        guard raw >= 0 else { throw CallFailure(errno: -raw) }
        return Descriptor(adopting: raw)
    }

    func stat(in directory: Descriptor) throws(CallFailure) -> [UInt8] {
        try contents(of: adopt(openat(directory.raw, "stat", O_RDONLY | O_CLOEXEC)))
    }

    func pid(of process: Descriptor) throws(CallFailure) -> Int32 {
        let info = try adopt(open("\(procRoot)/self/fdinfo/\(process.raw)", O_RDONLY | O_CLOEXEC))
        let text = String(decoding: try contents(of: info), as: UTF8.self)
        for line in text.split(separator: "\n") where line.hasPrefix("Pid:") {
            if let pid = Int32(line.dropFirst(4).drop(while: { $0 == "\t" || $0 == " " })) { return pid }
        }
        throw CallFailure(errno: ESRCH)
    }

    func maySignal(_ process: Descriptor) throws(CallFailure) {
        let answer = looptop_pidfd_send_signal(process.raw, 0)
        guard answer == 0 else { throw CallFailure(errno: -answer) }
    }

    private func adopt(_ raw: Int32) throws(CallFailure) -> Descriptor {
        guard raw >= 0 else { throw CallFailure(errno: errno) }
        return Descriptor(adopting: raw)
    }

    /// Both files are one line or a few, far below the buffer; procfs hands them out in one read.
    private func contents(of file: Descriptor) throws(CallFailure) -> [UInt8] {
        var failure: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: 2048) { buffer, count in
            repeat {
                let got = read(file.raw, buffer.baseAddress, buffer.count)
                failure = got < 0 ? errno : 0
                count = max(0, got)
            } while failure == EINTR
        }
        guard failure == 0 else { throw CallFailure(errno: failure) }
        return bytes
    }
}
