internal import Glibc
internal import Model

/// The errno of a kernel call that failed.
struct CallFailure: Error, Equatable {
    var errno: Int32
}

/// The kernel calls that tie a pid to a process, so that a test can let a pid change hands between any two of them.
protocol ProcessCalls {
    associatedtype Directory
    associatedtype Process
    /// `/proc/<pid>` as a descriptor: bound to the process that has the pid now.
    func directory(of pid: Int32) throws(CallFailure) -> Directory
    /// pidfd_open(2).
    func process(_ pid: Int32) throws(CallFailure) -> Process
    /// `/proc/<pid>/stat`; ESRCH when the process the directory is bound to is gone.
    func stat(in directory: Directory) throws(CallFailure) -> [UInt8]
    /// The pid of `process` as the same procfs counts it. Source: `Pid:` in `/proc/self/fdinfo/<pidfd>`.
    func pid(of process: Process) throws(CallFailure) -> Int32
    /// pidfd_send_signal(2) with signal 0.
    func maySignal(_ process: Process) throws(CallFailure)
}

/// The process `target` names, or why there is none.
///
/// Order matters. The directory is opened first and `stat` read last: when it can be read through the directory, the
/// process of the directory lived while the pidfd was opened, so nobody else had its pid then, and both mean one process.
/// The pid as procfs counts it catches a procfs of another pid namespace, where equal numbers mean different processes.
func identify<Calls: ProcessCalls>(
    _ target: WorkerID, boot: BootID, through calls: Calls
) throws(VerificationFailure) -> Calls.Process {
    guard target.boot == boot, target.pid > 0 else { throw .changed }
    do {
        let directory = try calls.directory(of: target.pid)
        let process = try calls.process(target.pid)
        let line = try calls.stat(in: directory)
        guard let found = StatIdentity(parsing: line.span), found.pid == target.pid,
            found.startTicks == target.startTicks, !found.hasEnded, try calls.pid(of: process) == target.pid
        else { throw VerificationFailure.changed }
        guard !found.isKernelThread else { throw VerificationFailure.protected }
        try calls.maySignal(process)
        return process
    } catch let failure as VerificationFailure {
        throw failure
    } catch let failure as CallFailure {
        throw VerificationFailure(failure)
    } catch {
        throw .changed
    }
}

extension VerificationFailure {
    /// Whatever is not understood is no proof, so nothing may be signalled.
    init(_ failure: CallFailure) {
        switch failure.errno {
        case EACCES, EPERM: self = .denied
        case ENOSYS: self = .unsupportedKernel
        case EMFILE, ENFILE, ENOMEM: self = .exhausted
        default: self = .changed  // ENOENT, ESRCH, EINVAL (not a process's pid), anything else
        }
    }
}
