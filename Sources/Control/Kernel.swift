public import Model

/// The one seam between a restart and the system; `LinuxKernel` behind it in the agent, a simulation in tests.
public protocol Kernel: Sendable {
    /// Ties `target` to the process that bears its pid now, and to no later one. Nothing is signalled.
    func open(_ target: WorkerID) -> Result<any ProcessHandle, VerificationFailure>
}

/// A process that was verified: stays that process, whatever becomes of its pid. Released with its last reference.
public protocol ProcessHandle: Sendable {
    /// Sends it unless the process has ended; a zombie has.
    func signal(_ number: Int32) -> SignalResult
    /// Zombies have ended.
    var hasExited: Bool { get }
    /// It has ended and nobody has reaped it yet.
    var isZombie: Bool { get }
    /// `nil` while it lives, while nobody has reaped it, and where the kernel does not tell (before Linux 6.15).
    func exitStatus() -> ExitStatus?
}
