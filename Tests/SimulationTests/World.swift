import Model

@testable import Agent

/// One simulated world: hosts, dashboards, what goes wrong between them, and what must be true all the time.
///
/// First everything may fail that its seed has drawn; then nothing fails any more, and all has to be well again in time. Some
/// worlds last minutes, in which operators are always there; others hours or days, in which they come and go.
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
        /// Of virtual time in which things could fail, and how much of it operators were there.
        var faultTime: Duration
        var attended: Duration
        var faults: [Int]
        var counts: [String: Int]
        var story: [String]
    }

    /// Of 5 s: enough for stops, silence, backoff, the longest restart and what follows from it.
    private static let calmRounds = 66
    /// Of all worlds, those in which operators come and go. They take most of the time.
    private static let longShare = 0.4

    private let settings: Settings
    private let timeline: Timeline
    private let faults: Faults
    private let checker: Checker
    private let hosts: [SimulatedHost]
    private var dashboards: [SimulatedDashboard] = []
    private var opened = 0
    private let isEncoded: Bool
    /// How long things may fail, at least; and in a world where operators come and go for how long nobody is there at a time.
    private let faultTime: Duration
    private let absence: ClosedRange<Int>?
    private var attended = Duration.zero
    private var healed: MonotonicInstant?

    static func run(_ settings: Settings) async throws -> Report {
        var world = try World(settings)
        await world.run()
        await world.clear()
        return Report(
            seed: settings.seed, violations: world.checker.violations, hash: world.timeline.hash,
            steps: world.timeline.steps, faultTime: (world.healed ?? world.timeline.now) - .init(nanoseconds: 0),
            attended: world.attended, faults: world.faults.counts,
            counts: world.checker.counts, story: world.timeline.story)
    }

    private init(_ settings: Settings) throws {
        self.settings = settings
        let timeline = Timeline(isTold: settings.isTold)
        let checker = Checker(timeline: timeline)
        let faults = settings.only.map { Faults(seed: settings.seed, only: $0) } ?? Faults(seed: settings.seed)
        isEncoded = faults.chance(0.1)
        let isLong = settings.only == nil && faults.chance(Self.longShare)
        absence = isLong ? faults.chance(0.9) ? 1200...9600 : 9600...36_000 : nil
        faultTime = absence.map { faults.seconds(2...5) * $0.upperBound } ?? faults.seconds(60...600)
        let interval = Duration.seconds((isLong ? faults.pick([5, 10, 30, 60]) : faults.number(1...2)) ?? 1)
        hosts = try (0..<faults.number(1...2)).map { _ in
            try SimulatedHost(
                timeline: timeline, faults: faults, checker: checker, interval: interval, plant: settings.plant)
        }
        (self.timeline, self.faults, self.checker) = (timeline, faults, checker)
        come()
    }

    private mutating func run() async {
        let isRight = absence == nil ? await stay(faultTime) : await comeAndGo()
        guard isRight, settings.plant == nil else { return }
        healed = timeline.now
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
            // A result that met a failing disk is recorded with the next one that is due, or by itself a little later.
            if complaints.isEmpty { complaints = journalComplaints() }
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

    private func journalComplaints() -> [String] {
        do { return try hosts.flatMap { try $0.journalComplaints() } } catch { return ["\(error)"] }
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

    private mutating func come() {
        let count = faults.number(1...3)
        dashboards = (opened..<opened + count).map { number in
            SimulatedDashboard(
                number: number, hosts: hosts, timeline: timeline, faults: faults, checker: checker,
                isEncoded: isEncoded, plant: settings.plant)
        }
        opened += count
    }

    private mutating func stay(_ duration: Duration) async -> Bool {
        attended += duration
        return await pass(duration)
    }

    /// Operators stay for minutes, and mostly nobody is there. Then less happens, and what was asked for comes to its end.
    private mutating func comeAndGo() async -> Bool {
        let end = timeline.now + faultTime
        while await stay(faults.seconds(60...600)) {
            guard let absence, timeline.now < end else { return true }
            for dashboard in dashboards { dashboard.quit() }
            faults.seldomness = 60
            guard await pass(faults.seconds(absence)) else { return false }
            for dashboard in dashboards { dashboard.clear() }
            for host in hosts { await host.forgetRuns() }
            faults.seldomness = 1
            faults.draw()
            come()
        }
        return false
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
