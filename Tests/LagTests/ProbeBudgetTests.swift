import Lag
import Model
import TestSupport
import Testing

struct ProbeBudgetTests {
    /// One second in which probing used that share of a core.
    private func second(_ budget: inout ProbeBudget, _ share: Double, workers: Int) {
        budget.note(cpu: .seconds(share), over: .seconds(1), workers: workers)
    }

    @Test func theAllowanceIsProRataAboveAFloor() {
        let budget = ProbeBudget()
        #expect(budget.allowance(workers: 1) == 0.01)
        #expect(budget.allowance(workers: 66) == 0.01)
        #expect(abs(budget.allowance(workers: 100) - 0.015) < 1e-12)
        #expect(abs(budget.allowance(workers: 150) - 0.0225) < 1e-12)
        #expect(budget.allowance(workers: 400) == 0.025, "for all of them together")
        #expect(ProbeBudget(perHundredWorkers: 0.04).allowance(workers: 400) == 0.04, "as was asked for")
        var held = ProbeBudget(perHundredWorkers: 0.04)
        held.limit = 0.005
        #expect(held.allowance(workers: 1) == 0.005)
        #expect(held.allowance(workers: 400) == 0.005, "more than its control group leaves is not to be had")
    }

    @Test func withinTheAllowanceNothingIsStretched() {
        var budget = ProbeBudget()
        for _ in 0..<100 { second(&budget, 0.0149, workers: 100) }
        #expect(budget.stretch == 1)
        #expect(!budget.isStretched)
        #expect(budget.stretched(.milliseconds(10)) == .milliseconds(10))
    }

    @Test func oneSaturatedWatchedWorkerIsNotStretchedForBeingAlone() {
        var budget = ProbeBudget()
        for _ in 0..<100 { second(&budget, 0.0095, workers: 1) }
        #expect(!budget.isStretched)
    }

    @Test func itRisesWithinANote() {
        var budget = ProbeBudget()
        second(&budget, 0.021, workers: 100)
        #expect(abs(budget.stretch - 1.4 * 1.05) < 1e-9)
        #expect(budget.isStretched)
        #expect(budget.stretched(.milliseconds(10)) > .milliseconds(14))
    }

    @Test func itNeverExceedsItsBounds() {
        var random = SeededGenerator(seed: printedSeed())
        var budget = ProbeBudget()
        for _ in 0..<20_000 {
            let before = budget.stretch
            let cpu = Duration.nanoseconds(Int64.random(in: -1_000_000...200_000_000, using: &random))
            let elapsed = Duration.milliseconds(Int64.random(in: -1...3000, using: &random))
            budget.note(cpu: cpu, over: elapsed, workers: Int.random(in: 1...500, using: &random))
            #expect(budget.stretch >= 1 && budget.stretch <= ProbeBudget.maximumStretch)
            #expect(budget.stretch <= before * 2 + 1e-9 && budget.stretch >= before * 0.88)
        }
    }

    @Test func aBusySecondIsForgottenSmoothly() {
        var budget = ProbeBudget()
        second(&budget, 0.03, workers: 100)
        #expect(budget.stretch == 2)
        var seen: [Double] = []
        for _ in 0..<12 {
            second(&budget, 0.004, workers: 100)
            seen.append(budget.stretch)
        }
        #expect(seen[1] == 2)  // patience
        #expect(seen == seen.sorted(by: >))
        #expect(seen.last == 1)
    }

    @Test(arguments: [(0.05, 100), (0.03, 10), (0.09, 300), (0.011, 1)])
    func aSteadyLoadEndsAtASteadyFactorWithinTheAllowance(cost: Double, workers: Int) {
        var random = SeededGenerator(seed: printedSeed())
        var budget = ProbeBudget()
        let allowance = budget.allowance(workers: workers)
        var factors: [Double] = []
        var over = 0
        for step in 0..<600 {
            // A tenth of the cost does not depend on the periods; the rest is noisy.
            let noise = Double.random(in: 0.92...1.08, using: &random)
            let used = cost * (0.1 + 0.9 / budget.stretch) * noise
            if step >= 30, used > allowance * 1.001 { over += 1 }
            second(&budget, used, workers: workers)
            if step >= 100 { factors.append(budget.stretch) }
        }
        #expect(over <= 8, "\(over) seconds over")
        let changes = zip(factors, factors.dropFirst()).filter { $0 != $1 }.count
        #expect(changes <= 10, "\(changes) changes")
    }

    @Test func withoutWorkersItStartsAnew() {
        var budget = ProbeBudget()
        second(&budget, 1, workers: 100)
        #expect(budget.isStretched)
        second(&budget, 0, workers: 0)
        #expect(budget.stretch == 1)
    }

    /// 5 ms that become 6 are nothing to tell anybody, and come and go.
    @Test func onlyMuchLongerPausesAreWorthAWordAndItDoesNotFlicker() {
        var budget = ProbeBudget()
        second(&budget, 0.018, workers: 100)
        #expect(budget.stretch > 1.2 && budget.stretch < 1.5 && !budget.isSlowed)
        second(&budget, 0.018, workers: 100)
        #expect(budget.stretch >= 1.5 && budget.isSlowed)
        var said: [Bool] = []
        while budget.isStretched {
            second(&budget, 0.005, workers: 100)
            said.append(budget.isSlowed)
            #expect(budget.isSlowed == (budget.stretch >= 1.2))
        }
        #expect(said.contains(true) && said.last == false)
    }

    @Test func anUnlimitedBudgetNeverStretches() {
        var budget = ProbeBudget(perHundredWorkers: .infinity)
        second(&budget, 5, workers: 1)
        #expect(!budget.isStretched)
    }
}
