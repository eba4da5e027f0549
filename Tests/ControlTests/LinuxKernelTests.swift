import CLinux
import Glibc
import Model
import TestSupport
import Testing

@testable import Control

/// A real process that is ours to end, and who it is.
private struct Target {
    let id: WorkerID
    private let child: Child

    init(_ words: [String]) throws {
        child = try Child(words)
        let line = try contents("/proc/\(child.pid)/stat")
        let stat = StatIdentity(parsing: line.span)
        id = WorkerID(boot: boot, pid: child.pid, startTicks: try #require(stat).startTicks)
    }

    func reap() async throws { try await until { child.reapIfEnded() } }

    /// Until its line `key` in `status` has the bit of signal `number` set.
    func waitForSignalMask(_ key: String, _ number: Int) async throws {
        try await until {
            // Unreadable while it changes its program: looked at again.
            let text = (try? contents("/proc/\(id.pid)/status")).map { String(decoding: $0, as: UTF8.self) } ?? ""
            guard let line = text.split(separator: "\n").first(where: { $0.hasPrefix(key) }),
                let mask = UInt64(line.split(separator: "\t").last ?? "", radix: 16)
            else { return false }
            return mask & (1 << UInt64(number - 1)) != 0
        }
    }
}

private func contents(_ path: String) throws -> [UInt8] {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    try #require(file >= 0, "open \(path): errno \(errno)")
    defer { close(file) }
    var buffer = [UInt8](repeating: 0, count: 8192)
    let count = read(file, &buffer, buffer.count)
    try #require(count >= 0)
    return Array(buffer[..<count])
}

/// Looks again and again, leaving the pool to others in between; gives up after what no machine needs.
private func until(_ condition: () -> Bool) async throws {
    for _ in 0..<6000 {
        if condition() { return }
        try await Task.sleep(for: .milliseconds(5))
    }
    throw CallFailure(errno: ETIMEDOUT)
}

private var tellsExitStatus: Bool {
    var name = utsname()
    uname(&name)
    let release = withUnsafeBytes(of: name.release) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    let numbers = release.split { !$0.isNumber }.prefix(2).compactMap { Int($0) }
    return numbers.count == 2 && (numbers[0], numbers[1]) >= (6, 15)
}

private let kernel = LinuxKernel(boot: boot)

@Test func termEndsASleeperAndItsStatusIsTold() async throws {
    let child = try Target(["/bin/sleep", "1000"])
    let handle = try kernel.open(child.id).get()
    #expect(!handle.hasExited)
    #expect(!handle.isZombie)
    #expect(handle.exitStatus() == nil)
    #expect(handle.signal(15) == .sent)
    try await until { handle.hasExited }
    #expect(handle.signal(9) == .gone, "a zombie has ended")
    #expect(handle.isZombie)
    #expect(handle.exitStatus() == nil, "nobody reaped it yet")
    try await child.reap()
    #expect(!handle.isZombie)
    #expect(handle.exitStatus() == (tellsExitStatus ? .signal(15) : nil))
    #expect(handle.signal(9) == .gone)
}

@Test func anExitCodeIsTold() async throws {
    let child = try Target(["/bin/sh", "-c", "trap 'exit 37' TERM; while :; do sleep 0.02; done"])
    let handle = try kernel.open(child.id).get()
    try await child.waitForSignalMask("SigCgt:", 15)
    #expect(handle.signal(15) == .sent)
    try await until { handle.hasExited }
    try await child.reap()
    #expect(handle.exitStatus() == (tellsExitStatus ? .code(37) : nil))
}

/// The kernel that is asked while a process is reaped may say that there is none: asked again, it knows.
@Test(.enabled(if: tellsExitStatus)) func theStatusIsToldToWhoAsksWhileTheParentReaps() async throws {
    for _ in 0..<300 {
        let child = try Child(["/bin/sleep", "1000"])
        let pidfd = looptop_pidfd_open(child.pid)
        try #require(pidfd >= 0)
        defer { close(pidfd) }
        async let answer = Task.detached {
            var (kind, value) = (LOOPTOP_EXIT_CODE, CInt(0))
            while true {
                let answer = looptop_pidfd_exit_status(pidfd, &kind, &value)
                if answer != 0 { return answer }
            }
        }.value
        #expect(looptop_pidfd_send_signal(pidfd, 9) == 0)
        while !child.reapIfEnded() {}
        #expect(await answer == 1)
    }
}

/// The machine over a real process, with time turned by hand.
@Test func aProcessThatIgnoresTermNeedsKill() async throws {
    let child = try Target(["/bin/sh", "-c", "trap '' TERM; exec sleep 1000"])
    try await child.waitForSignalMask("SigIgn:", 15)
    let handle = try kernel.open(child.id).get()
    var restart = Restart(restartCourse(child.id), group: [child.id])
    #expect(restart.handle(.begin, now: at(0)) == [.verify(child.id)])
    #expect(restart.handle(.verified(.held), now: at(0)).first == .signal(15))
    _ = restart.handle(.signalled(handle.signal(15)), now: at(0))
    try await child.waitForSignalMask("SigIgn:", 15)
    #expect(!handle.hasExited, "it ignores TERM")
    #expect(restart.handle(.timerFired(.grace), now: at(10_000)).first == .signal(9))
    _ = restart.handle(.signalled(handle.signal(9)), now: at(10_000))
    try await until { handle.hasExited }
    try await child.reap()
    _ = restart.handle(.exited(handle.exitStatus()), now: at(10_050))
    #expect(restart.handle(.timerFired(.replacement), now: at(25_050)) == [.inspect])
    #expect(
        restart.handle(.inspected(Remains(isZombie: handle.isZombie)), now: at(25_050)) == [
            .report(
                .notReplaced(
                    RestartEvidence(
                        signals: [
                            SentSignal(number: 15, after: .zero), SentSignal(number: 9, after: .seconds(10)),
                        ], exited: .milliseconds(10_050), exitStatus: tellsExitStatus ? .signal(9) : nil)))
        ])
}

@Test func aStaleIdentityIsRefusedAndTheProcessLives() async throws {
    let child = try Target(["/bin/sleep", "1000"])
    for stale in [
        WorkerID(boot: boot, pid: child.id.pid, startTicks: child.id.startTicks - 1),
        WorkerID(boot: boot, pid: child.id.pid, startTicks: child.id.startTicks + 1),
        WorkerID(boot: BootID(high: 1, low: 2), pid: child.id.pid, startTicks: child.id.startTicks),
    ] {
        #expect(failure(of: stale) == .changed)
    }
    #expect(!(try kernel.open(child.id).get().hasExited))
}

@Test func aZombieAndAReapedProcessAreNoTargets() async throws {
    let child = try Target(["/bin/sleep", "1000"])
    let handle = try kernel.open(child.id).get()
    #expect(handle.signal(9) == .sent)
    try await until { handle.hasExited }
    #expect(failure(of: child.id) == .changed, "zombie")
    try await child.reap()
    #expect(failure(of: child.id) == .changed, "reaped")
    #expect(failure(of: WorkerID(boot: boot, pid: -1, startTicks: 0)) == .changed)
    #expect(failure(of: WorkerID(boot: boot, pid: .max, startTicks: 0)) == .changed)
}

@Test func anotherRootVerifiesNothing() throws {
    let child = try Target(["/bin/sleep", "1000"])
    guard case .failure(let failure) = LinuxKernel(procRoot: "/nonexistent", boot: boot).open(child.id) else {
        Issue.record("verified without a procfs")
        return
    }
    #expect(failure == .changed)
}

@Test func handlesGiveTheirDescriptorsBack() throws {
    let child = try Target(["/bin/sleep", "1000"])
    // Numbers are handed out lowest first, so one more descriptor tells how many are open, other tests' few included.
    func lowestFree() -> Int32 {
        let raw = open("/dev/null", O_RDONLY | O_CLOEXEC)
        close(raw)
        return raw
    }
    let before = lowestFree()
    for _ in 0..<2000 { _ = try kernel.open(child.id).get() }
    #expect(lowestFree() < before + 200)
}

private func failure(of target: WorkerID) -> VerificationFailure? {
    switch kernel.open(target) {
    case .success: nil
    case .failure(let failure): failure
    }
}
