import CLinux
import Control
import Glibc
import Synchronization
import Testing

@testable import Agent

@Suite struct CallPoolTests {
    /// Holds threads until it is opened.
    final class Gate: Sendable {
        private let bell = eventfd(0, CInt(EFD_CLOEXEC | EFD_SEMAPHORE))
        let waiting = Mutex(0)

        func wait() {
            waiting.withLock { $0 += 1 }
            var one: UInt64 = 0
            read(bell, &one, 8)
        }

        func open() {
            var many: UInt64 = 1000
            write(bell, &many, 8)
        }
        deinit { close(bell) }
    }

    @Test func theFirstReplyCounts() async {
        let answer = await CallPool().run(limit: .seconds(10)) { _, reply in
            reply(.done)
            reply(.failed("late"))
        }
        #expect(answer == .done)
    }

    @Test func aCallThatSaysNothingIsAnswered() async {
        let answer = await CallPool().run(limit: .seconds(10)) { _, _ in }
        #expect(answer == .failed("the call ended without an answer"))
    }

    @Test func threadsAreBoundedAndGoAway() async throws {
        let pool = CallPool()
        let gate = Gate()
        let calls = Task {
            await withTaskGroup(of: ManagerAnswer.self) { group in
                for _ in 0..<40 {
                    group.addTask {
                        await pool.run(limit: .seconds(60)) { _, reply in
                            gate.wait()
                            reply(.done)
                        }
                    }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
        }
        try await until("seven work") { gate.waiting.withLock { $0 } == CallPool.maximumThreads - 1 }
        try await until("all threads are there") { pool.threads == CallPool.maximumThreads }
        gate.open()
        #expect(await calls.value == [ManagerAnswer](repeating: .done, count: 40))
        try await until("no thread is left") { pool.threads == 0 }
    }

    @Test func whoWaitsIsAnsweredAtTheDeadlineThoughAllThreadsAreBusy() async throws {
        let pool = CallPool()
        let gate = Gate()
        async let busy: Void = withTaskGroup(of: Void.self) { group in
            for _ in 0..<(CallPool.maximumThreads - 1) {
                group.addTask {
                    _ = await pool.run(limit: .seconds(60)) { _, reply in
                        gate.wait()
                        reply(.done)
                    }
                }
            }
        }
        try await until("all work") { gate.waiting.withLock { $0 } == CallPool.maximumThreads - 1 }
        let didRun = Mutex(false)
        let answer = await pool.run(limit: .milliseconds(50)) { _, _ in didRun.withLock { $0 = true } }
        #expect(answer == .timedOut)
        gate.open()
        await busy
        #expect(didRun.withLock { $0 } == false)
    }

    @Test func tooManyAreTurnedAway() async throws {
        let pool = CallPool()
        let gate = Gate()
        let count = CallPool.maximumThreads - 1 + CallPool.maximumWaiting + 5
        let calls = Task {
            await withTaskGroup(of: ManagerAnswer.self) { group in
                for _ in 0..<count {
                    group.addTask {
                        await pool.run(limit: .seconds(60)) { _, reply in
                            gate.wait()
                            reply(.done)
                        }
                    }
                }
                var refused = 0
                for await answer in group where answer != .done {
                    refused += 1
                    if refused == 5 { gate.open() }
                }
                return refused
            }
        }
        #expect(await calls.value == 5)
    }
}
