import Control
import Model
import TestSupport
import Testing

private let first = CommandID(high: 1, low: 1)
private let second = CommandID(high: 2, low: 2)

@Suite struct HoldsTests {
    @Test func onlyItsOwnerActsAndRenews() throws {
        var holds = Holds()
        let hold = try holds.hold("web", by: "user/ada", id: first, now: at(0)).get()
        #expect(hold.until == at(60_000))
        #expect(holds.objection(to: "user/ada", hold: nil, on: "web", now: at(1000)) == nil)
        #expect(holds.objection(to: "user/ada", hold: first, on: "web", now: at(1000)) == nil)
        #expect(
            holds.objection(to: "user/bob", hold: nil, on: "web", now: at(1000))
                == .held(by: "user/ada", left: .seconds(59)))
        #expect(
            holds.objection(to: "user/ada", hold: second, on: "web", now: at(1000))
                == .held(by: "user/ada", left: .seconds(59)), "another dashboard of the same person")
        #expect(
            holds.hold("web", by: "user/bob", id: second, now: at(1000))
                == .failure(.held(by: "user/ada", left: .seconds(59))))
        #expect(
            holds.hold("web", by: "user/ada", id: second, now: at(1000))
                == .failure(.held(by: "user/ada", left: .seconds(59))))
        let renewed = try holds.hold("web", by: "user/ada", id: first, now: at(30_000)).get()
        #expect(renewed.until == at(90_000))
        #expect(holds.objection(to: "user/bob", hold: nil, on: "api", now: at(1000)) == nil)
    }

    @Test func isOverAfterAMinute() {
        var holds = Holds()
        _ = holds.hold("web", by: "user/ada", id: first, now: at(0))
        #expect(holds.next == at(60_000))
        #expect(holds.objection(to: "user/bob", hold: nil, on: "web", now: at(59_999)) != nil)
        #expect(holds.objection(to: "user/bob", hold: nil, on: "web", now: at(60_000)) == nil)
        #expect(holds.expire(now: at(59_999)).isEmpty)
        #expect(holds.expire(now: at(60_000)).map(\.id) == [first])
        #expect(holds.next == nil)
        let next = Hold(groupKey: "web", issuer: "user/bob", id: second, until: at(120_000))
        #expect(holds.hold("web", by: "user/bob", id: second, now: at(60_000)) == .success(next))
    }

    @Test func onlyItsOwnerReleases() {
        var holds = Holds()
        _ = holds.hold("web", by: "user/ada", id: first, now: at(0))
        #expect(holds.release("web", by: "user/bob", id: first, now: at(1)) == false)
        #expect(holds.release("web", by: "user/ada", id: second, now: at(1)) == false)
        #expect(holds.release("web", by: "user/ada", id: first, now: at(1)) == true)
        #expect(holds.release("web", by: "user/ada", id: first, now: at(1)) == false)
        #expect(holds.hold(on: "web", now: at(1)) == nil)
    }

    @Test func areBounded() {
        var holds = Holds()
        for number in 0..<Holds.limit { _ = holds.hold("\(number)", by: "x", id: first, now: at(0)) }
        #expect(holds.hold("more", by: "x", id: first, now: at(0)) == .failure(.tooManyCommands))
        _ = holds.hold("0", by: "x", id: first, now: at(1))
        #expect(holds.hold(on: "0", now: at(60_000)) != nil, "renewing needs no room")
        _ = holds.hold("more", by: "x", id: first, now: at(60_000))
        #expect(holds.hold(on: "more", now: at(60_000)) != nil, "what is over makes room")
    }

    /// Never two holders, never one for longer than a minute without renewing.
    @Test func noGroupHasTwoHolders() {
        let seed = printedSeed()
        var random = SeededGenerator(seed: seed)
        var holds = Holds()
        var owner: [String: (issuer: String, id: CommandID, since: MonotonicInstant)] = [:]
        var now = at(0)
        for _ in 0..<20_000 {
            now = now + .milliseconds(Int.random(in: 0...9000, using: &random))
            let group = ["web", "api"].randomElement(using: &random) ?? ""
            let issuer = ["ada", "bob"].randomElement(using: &random) ?? ""
            let id = Bool.random(using: &random) ? first : second
            let held = owner[group].flatMap { now - $0.since < .seconds(60) ? $0 : nil }
            let isOurs = held.map { $0.issuer == issuer && $0.id == id } ?? false
            switch Int.random(in: 0..<4, using: &random) {
            case 0:
                let isGiven = !holds.hold(group, by: issuer, id: id, now: now).isFailure
                #expect(isGiven == (held == nil || isOurs), "seed \(seed)")
                if isGiven { owner[group] = (issuer, id, now) }
            case 1:
                #expect(holds.release(group, by: issuer, id: id, now: now) == isOurs, "seed \(seed)")
                if isOurs { owner[group] = nil }
            case 2: for over in holds.expire(now: now) { #expect(over.until <= now) }
            default:
                let objection = holds.objection(to: issuer, hold: id, on: group, now: now)
                #expect((objection == nil) == (held == nil || isOurs), "seed \(seed)")
            }
        }
    }
}

extension Result {
    fileprivate var isFailure: Bool { if case .failure = self { true } else { false } }
}
