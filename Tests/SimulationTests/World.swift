import Model

@testable import Agent

/// One simulated world: hosts, dashboards, what goes wrong between them, and what must be true all the time.
///
/// First everything may fail that its seed has drawn; then nothing fails any more, and all has to be well again in time.
struct World {
    /// Bugs that are put into a world so that its checker has something to find.
    enum Plant: CaseIterable {
        /// What was recorded is not there after a crash.
        case forgetfulJournal
        /// Whoever bears the pid now is taken for the process that was meant.
        case skippedKernelCheck
        /// What was recorded before the calendar was set forward by a year counts as forgotten. The agent had this one.
        case journalByCalendar
        /// Every ready check passes.
        case hastyReadiness
        /// Workers are said to have ended that live.
        case falseEnds
        /// A dashboard does not look at its clock.
        case neverStale
    }

    struct Settings {
        var seed: UInt64
        var plant: Plant?
        /// Faults instead of those that the seed would draw.
        var only: [Fault]?
        /// Whether the steps are kept in words.
        var isTold = false
    }

    struct Report {
        var seed: UInt64
        var violations: [String]
        var hash: UInt64
        var steps: UInt64
        /// Of virtual time in which things could fail.
        var faultTime: Duration
        var faults: [Int]
        var counts: [String: Int]
        var story: [String]
    }

    /// Of 5 s: enough for stops, silence, backoff, the longest restart and what follows from it.
    private static let calmRounds = 66

    private let settings: Settings
    private let timeline: Timeline
    private let faults: Faults
    private let checker: Checker
    private let hosts: [SimulatedHost]
    private let dashboards: [SimulatedDashboard]
    private let faultTime: Duration

    static func run(_ settings: Settings) async throws -> Report {
        let world = try World(settings)
        await world.run()
        await world.clear()
        return Report(
            seed: settings.seed, violations: world.checker.violations, hash: world.timeline.hash,
            steps: world.timeline.steps, faultTime: world.faultTime, faults: world.faults.counts,
            counts: world.checker.counts, story: world.timeline.story)
    }

    private init(_ settings: Settings) throws {
        self.settings = settings
        let timeline = Timeline(isTold: settings.isTold)
        let checker = Checker(timeline: timeline)
        let faults = settings.only.map { Faults(seed: settings.seed, only: $0) } ?? Faults(seed: settings.seed)
        let interval = Duration.seconds(faults.number(1...2))
        let isEncoded = faults.chance(0.1)
        faultTime = .seconds(faults.number(60...600))
        let hosts = try (0..<faults.number(1...2)).map { _ in
            try SimulatedHost(
                timeline: timeline, faults: faults, checker: checker, interval: interval, plant: settings.plant)
        }
        dashboards = (0..<faults.number(1...3)).map { number in
            SimulatedDashboard(
                number: number, hosts: hosts, timeline: timeline, faults: faults, checker: checker,
                isEncoded: isEncoded, plant: settings.plant)
        }
        (self.timeline, self.faults, self.checker, self.hosts) = (timeline, faults, checker, hosts)
    }

    private func run() async {
        guard await pass(faultTime), settings.plant == nil else { return }
        timeline.tell { "all is healed" }
        faults.heal()
        for host in hosts { host.heal() }
        for dashboard in dashboards {
            dashboard.heal()
            dashboard.isBusy = false
            dashboard.wantWorkers()
        }
        var complaints = ["nothing was looked at yet"]
        for round in 1...Self.calmRounds where !complaints.isEmpty {
            guard await pass(.seconds(5)) else { return }
            if round % 6 == 0 {  // what was about to crash when all was healed did so since; rolls that rest are ended
                for host in hosts { host.heal() }
                for place in hosts.indices { dashboards[0].abortRolls(of: place) }
            }
            complaints = await self.complaints()
        }
        do {
            for host in hosts where complaints.isEmpty { complaints += try host.journalComplaints() }
        } catch {
            complaints.append("\(error)")
        }
        for complaint in complaints { checker.fail("liveness", complaint) }
        await tryRestarts()
    }

    /// What is not yet as it has to be after all was healed.
    private func complaints() async -> [String] {
        var complaints: [String] = []
        for place in hosts.indices {
            for dashboard in dashboards { complaints += dashboard.complaints(about: place) }
            complaints += await hosts[place].complaints()
        }
        return complaints
    }

    /// R10: where nothing is wrong a restart replaces its worker, at the latest when nobody holds its app any more.
    private func tryRestarts() async {
        for place in hosts.indices {
            var verdict: Verdict?
            for _ in 1...3 where verdict?.name != "replaced" {
                let id = dashboards[0].restartOne(on: place)
                guard await pass(.seconds(40)) else { return }
                verdict = id.flatMap { dashboards[0].verdict(of: $0, on: place) }
            }
            if verdict?.name != "replaced" {
                checker.fail("liveness", "where all is well a restart came to \(verdict.map { "\($0)" } ?? "nothing")")
            }
        }
    }

    /// Whether nothing was wrong meanwhile.
    private func pass(_ duration: Duration) async -> Bool {
        let end = timeline.now + duration
        while checker.violations.isEmpty, await timeline.step(until: end) {}
        return checker.violations.isEmpty
    }

    private func clear() async {
        for dashboard in dashboards { dashboard.clear() }
        for host in hosts { await host.clear() }
        timeline.clear()
    }
}
