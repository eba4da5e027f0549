import Control
import Model
import Synchronization

@testable import Agent

/// Who answers ready checks: each is a task of its own in the desk, and hears what is true when its time has come.
///
/// The one place where something runs beside the driver: it waits for each task to get here, and to be done after its answer
/// (`AgentRun.settle`), so that what happens is the same each time.
final class SimulatedManagers: Managers {
    private struct State {
        var number: UInt64 = 0
        var waiting: [UInt64: (pid: Int32, answer: CheckedContinuation<ManagerAnswer, Never>)] = [:]
        /// Those that nobody was told of yet.
        var fresh: [UInt64] = []
        var cancelled: Set<UInt64> = []
    }
    private let state = Mutex(State())

    /// Checks that wait for an answer.
    var count: Int { state.withLock { $0.waiting.count } }

    func perform(_ call: ManagerCall, limit: Duration) async -> ManagerAnswer { .failed("nobody") }

    func check(_ check: ReadyCheck, strategy: AppStrategy?, pid: Int32, limit: Duration) async -> ManagerAnswer {
        let number = state.withLock { state in
            state.number += 1
            return state.number
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { answer in
                let isLate = state.withLock { state in
                    if state.cancelled.remove(number) != nil { return true }
                    state.waiting[number] = (pid, answer)
                    state.fresh.append(number)
                    return false
                }
                if isLate { answer.resume(returning: .failed("cancelled")) }
            }
        } onCancel: {
            let waiting = state.withLock { state in
                let waiting = state.waiting.removeValue(forKey: number)
                if waiting == nil { state.cancelled.insert(number) }
                return waiting
            }
            waiting?.answer.resume(returning: .failed("cancelled"))
        }
    }

    /// Those that came since the last call, by pid and number.
    func takeFresh() -> [(number: UInt64, pid: Int32)] {
        state.withLock { state in
            defer { state.fresh = [] }
            // Tasks of one moment may come in any order.
            return state.fresh.compactMap { number in state.waiting[number].map { (number, $0.pid) } }
                .sorted { $0.pid < $1.pid }
        }
    }

    func answer(_ number: UInt64, _ answer: ManagerAnswer) {
        let waiting = state.withLock { $0.waiting.removeValue(forKey: number) }
        waiting?.answer.resume(returning: answer)
    }

    func answerAll() {
        for number in state.withLock({ Array($0.waiting.keys) }) { answer(number, .failed("the agent is gone")) }
    }
}
