import Control
import Model
import Testing

/// What is offered of one app in all the states it can be in: no offer contradicts another, or what is there.
@Suite struct OfferStatesTests {
    enum State: CaseIterable { case up, withoutWorkers, withoutMaster, stopped, rolling, paused, failed, over }

    private func app(_ kind: GroupKind, _ state: State, _ link: ManagerLink?) -> App {
        let master: Int32? = [.withoutMaster, .stopped].contains(state) ? nil : 100
        let count = [.withoutWorkers, .stopped].contains(state) ? 0 : 3
        var app = App(kind, master: master, count: count, link: link, version: "0.31")
        let roll: RollSummary.State? =
            switch state {
            case .rolling: .running
            case .paused: .paused
            case .failed: .failed
            case .over: .aborted
            default: nil
            }
        app.group.info.roll = roll.map {
            RollSummary(
                id: CommandID(high: 1, low: 1), state: $0, issuer: "user/ada", total: 3, replaced: 1, began: at(0))
        }
        return app
    }

    @Test(arguments: GroupKind.allCases) func offersAgreeWithEachOther(kind: GroupKind) {
        for state in State.allCases {
            for link in [nil, systemd()] as [ManagerLink?] {
                let app = app(kind, state, link)
                let offers = Dictionary(uniqueKeysWithValues: app.offers().map { ($0.action, $0) })
                agree(offers, app, state, "\(kind) \(state) \(link == nil ? "" : "in a unit")")
            }
        }
    }

    private func agree(_ offers: [Action: Offer], _ app: App, _ state: State, _ mark: String) {
        let offered = Set(offers.values.filter { $0.unavailable == nil }.map(\.action))
        let steered: Set<Action> =
            switch state {
            case .rolling: [.pause, .abort]
            case .paused, .failed: [.resume, .abort]
            default: []
            }
        #expect(offered.intersection([.pause, .resume, .abort]) == steered, "\(mark)")
        #expect(offers[.resume]?.means.contains("failed") == (state == .failed), "\(mark)")
        if state == .stopped {
            #expect(offered.isDisjoint(with: [.roll, .reload, .scale, .signal, .stop]), "\(mark)")
        } else {
            #expect(!offered.contains(.start) || app.group.info.master == nil, "\(mark)")
        }
        if app.workers.isEmpty { #expect(!offered.contains(.roll), "\(mark)") }
        for offer in offers.values {
            guard let why = offer.unavailable else { continue }
            if why.contains("roll it") { #expect(offered.contains(.roll), "\(mark): \(offer.action) says \(why)") }
            if why.contains("of its workers") { #expect(!app.workers.isEmpty, "\(mark): \(offer.action) says \(why)") }
            if why.contains("does not run") { #expect(state == .stopped, "\(mark): \(offer.action) says \(why)") }
        }
    }

    @Test func reasonsAreOfTheState() {
        let redis = App(.redis, master: nil, count: 1).offers()
        #expect(redis[3].unavailable == "shop has no master: choose one of its workers")
        let stopped = App(.gunicorn, master: nil, count: 0, link: systemd()).offers()
        #expect(stopped[2].unavailable == "shop does not run: no worker of it lives, and no master")
        #expect(stopped[6].means == "systemd starts it")
        #expect(app(.puma, .paused, nil).offers()[8].means == "goes on, 2 to go")
        #expect(app(.puma, .failed, nil).offers()[8].means == "goes on, 2 to go, with the one that failed first")
        #expect(app(.puma, .paused, nil).offers()[7].unavailable == "the roll is paused already")
        #expect(app(.puma, .up, nil).offers()[7].unavailable == "shop has no roll")
    }
}
