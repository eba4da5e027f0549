import Model
import TestSupport

/// What can go wrong in a simulated world.
enum Fault: String, CaseIterable, Sendable {
    // The network.
    case delay, stall, cut, halfOpen, partition, storm
    // The kernel and who lives under it.
    case exits, pidReuse, zombie, deaf, stuck, denied, lateReplacement, noReplacement, crashingReplacement, neverReady
    case masterExit, powerLoss
    // The disk under the journal.
    case writeError, tornWrite, syncError, noSpace
    // The programs and their clocks.
    case agentCrash, agentCrashInDeed, agentStop, dashboardStop, wallJump
}

/// Which faults a world has at all, how often they strike (swarm testing), and how often they did.
///
/// Everything that is drawn in a world is drawn here, from its one seed.
final class Faults: @unchecked Sendable {
    private var random: SeededGenerator
    /// How likely each strikes where it could, by place in `Fault.allCases`; 0: this world does not have it.
    private var chances: [Double] = []
    private(set) var counts = [Int](repeating: 0, count: Fault.allCases.count)
    /// No more faults from here on.
    private(set) var isHealed = false
    /// So many times as seldom happens what happens by itself: while nobody is there.
    var seldomness = 1
    /// Never in this world. Not together: of what an earlier boot wrote only the calendar tells the age, so that a jump of it
    /// makes an agent forget that (docs/TESTING.md, "Simulation").
    private let never: Fault?

    init(seed: UInt64) {
        random = SeededGenerator(seed: seed)
        never = Bool.random(using: &random) ? .powerLoss : .wallJump
        draw()
    }

    /// Other weather: other faults may strike from here on.
    func draw() {
        let share = Double.random(in: 0.1...0.7, using: &random)
        chances = Fault.allCases.map { fault in
            let isOn = Double.random(in: 0..<1, using: &random) < share
            let strength = Double.random(in: 0.05...1, using: &random)
            return isOn ? strength * fault.mostLikely : 0
        }
        if let never { chances[never.place] = 0 }
    }

    /// None at all, or these only.
    init(seed: UInt64, only: [Fault]) {
        random = SeededGenerator(seed: seed)
        never = nil
        chances = Fault.allCases.map { only.contains($0) ? $0.mostLikely : 0 }
    }

    func heal() { isHealed = true }

    func strikes(_ fault: Fault) -> Bool {
        let chance = chances[fault.place]
        guard !isHealed, chance > 0, Double.random(in: 0..<1, using: &random) < chance else { return false }
        counts[fault.place] += 1
        return true
    }

    func chance(_ share: Double) -> Bool { Double.random(in: 0..<1, using: &random) < share }
    func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }
    func identifier() -> Identifier128 { Identifier128(high: random.next(), low: random.next()) }
    func milliseconds(_ range: ClosedRange<Int>) -> Duration { .milliseconds(number(range)) }
    func seconds(_ range: ClosedRange<Int>) -> Duration { .seconds(number(range)) }

    func pick<Member>(_ members: [Member]) -> Member? { members.randomElement(using: &random) }
    func shuffled<Member>(_ members: [Member]) -> [Member] { members.shuffled(using: &random) }
}

extension Fault {
    fileprivate static let places = Dictionary(uniqueKeysWithValues: allCases.enumerated().map { ($1, $0) })
    fileprivate var place: Int { Self.places[self] ?? 0 }

    /// The chance that a world with the most of it gives it: for each message, exit, line ... or second.
    fileprivate var mostLikely: Double {
        switch self {
        case .delay: 0.5
        case .stall: 0.01
        case .cut, .halfOpen, .partition: 0.05
        case .storm: 0.01
        case .exits: 0.2
        case .pidReuse: 0.3
        case .zombie, .deaf, .lateReplacement, .crashingReplacement: 0.4
        case .stuck, .denied, .noReplacement, .neverReady: 0.15
        case .masterExit: 0.01
        case .powerLoss: 0.005
        case .writeError, .tornWrite, .syncError: 0.1
        case .noSpace: 0.02
        case .agentCrash: 0.02
        case .agentCrashInDeed: 0.1
        case .agentStop, .dashboardStop: 0.02
        case .wallJump: 0.02
        }
    }
}
