import Model

/// A program of the simulated world: it can be dead, and it can stand still (SIGSTOP, a starved machine).
///
/// Here and below, `@unchecked Sendable`: the driver awaits each piece of work before it takes the next one, so that only one
/// thing ever happens at a time, also within the desk's actor.
class SimulatedProgram: @unchecked Sendable {
    final var isDead = false
    final var standsUntil = MonotonicInstant(nanoseconds: 0)
}

/// Virtual time: what is to happen, in order. Nothing happens between two items.
final class Timeline: @unchecked Sendable {
    typealias Work = @Sendable () async -> Void

    private struct Item {
        var at: MonotonicInstant
        /// When it was to happen; later where its program stood still.
        let due: MonotonicInstant
        let number: UInt64
        let name: StaticString
        let program: SimulatedProgram?
        let work: Work

        static func < (left: Self, right: Self) -> Bool {
            (left.at.nanoseconds, left.due.nanoseconds, left.number)
                < (right.at.nanoseconds, right.due.nanoseconds, right.number)
        }
    }

    private(set) var now = MonotonicInstant(nanoseconds: 0)
    private(set) var steps: UInt64 = 0
    /// Of every step, with its time, and of whatever was noted: equal for equal runs.
    private(set) var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    /// The last steps in words; only where a run is to be read.
    private(set) var story: [String] = []
    let isTold: Bool
    /// A binary heap, the next item first.
    private var heap: [Item] = []
    private var cancelled: Set<UInt64> = []
    private var number: UInt64 = 0

    init(isTold: Bool) { self.isTold = isTold }

    @discardableResult
    func after(
        _ delay: Duration, _ name: StaticString, of program: SimulatedProgram? = nil, _ work: @escaping Work
    ) -> UInt64 {
        at(now + max(.zero, delay), name, of: program, work)
    }

    /// Returns its number.
    @discardableResult
    func at(
        _ instant: MonotonicInstant, _ name: StaticString, of program: SimulatedProgram? = nil, _ work: @escaping Work
    ) -> UInt64 {
        number += 1
        let due = max(instant, now)
        push(Item(at: due, due: due, number: number, name: name, program: program, work: work))
        return number
    }

    func cancel(_ number: UInt64) { cancelled.insert(number) }

    /// Lets the next thing happen, if it does so until then; whether there was one.
    func step(until end: MonotonicInstant) async -> Bool {
        while let item = pop(until: end) {
            if cancelled.remove(item.number) != nil || item.program?.isDead == true { continue }
            now = item.at
            if let program = item.program, program.standsUntil > now {
                var later = item
                later.at = program.standsUntil
                push(later)
                continue
            }
            steps += 1
            mix(now.nanoseconds)
            item.name.withUTF8Buffer { for byte in $0 { mix(UInt64(byte)) } }
            tell { "\(item.name)" }
            await item.work()
            return true
        }
        now = max(now, end)
        return false
    }

    /// Makes something part of the hash.
    func mix(_ value: UInt64) { hash = (hash ^ value) &* 0x100_0000_01B3 }

    func note(_ text: String) {
        for byte in text.utf8 { mix(UInt64(byte)) }
        tell { text }
    }

    func tell(_ text: () -> String) {
        if isTold { story.append("\(now.nanoseconds / 1_000_000) ms  \(text())") }
    }

    /// Lets go of everything: items hold on to who made them.
    func clear() { heap = [] }

    private func push(_ item: Item) {
        heap.append(item)
        var place = heap.count - 1
        while place > 0, heap[place] < heap[(place - 1) / 2] {
            heap.swapAt(place, (place - 1) / 2)
            place = (place - 1) / 2
        }
    }

    private func pop(until end: MonotonicInstant) -> Item? {
        guard let first = heap.first, first.at <= end else { return nil }
        heap.swapAt(0, heap.count - 1)
        heap.removeLast()
        var place = 0
        while true {
            var least = place
            for child in [2 * place + 1, 2 * place + 2] where child < heap.count && heap[child] < heap[least] {
                least = child
            }
            if least == place { return first }
            heap.swapAt(place, least)
            place = least
        }
    }
}
