import Control
import Model
import Testing

/// What an operator is offered, and that it is what they get.
@Suite struct OffersTests {
    static let links: [ManagerLink?] =
        [nil]
        + Manager.Kind.allCases.flatMap { kind -> [ManagerLink?] in
            let name =
                [.docker, .containerd, .podman, .kubernetes].contains(kind)
                ? container : kind == .pm2 ? "3" : "web.service"
            let address = kind == .supervisord ? "unix:///run/s.sock" : kind == .pm2 ? "/home/web/.pm2" : nil
            return [true, false].map { isMain in
                ManagerLink(manager: Manager(kind: kind, name: name), address: address, isMain: isMain)
            }
        }

    /// Every kind under every manager: each action is offered in words or refused in words, and the plan agrees.
    @Test(arguments: GroupKind.allCases) func everyActionIsOfferedOrExplained(kind: GroupKind) throws {
        for link in Self.links {
            for respawn in Respawn.allCases {
                for master in [nil, 100] as [Int32?] {
                    let apps = [
                        App(kind, master: master, respawn: respawn, link: link),
                        App(kind, master: master, respawn: respawn, own: { _ in link }),
                        App(kind, master: master, count: 0, respawn: respawn, link: link, version: "0.31"),
                    ]
                    for app in apps {
                        agree(app, worker: nil)
                        if !app.workers.isEmpty { agree(app, worker: 0) }
                    }
                }
            }
        }
    }

    private func agree(_ app: App, worker: Int?) {
        let offers = app.offers(worker: worker)
        #expect(offers.map(\.action.rawValue) == Array(1...12))
        for offer in offers {
            let isOffered = offer.unavailable == nil
            #expect(isOffered ? !offer.means.isEmpty : offer.unavailable?.isEmpty == false)
            let isForGroup = offer.action != .restart && offer.action != .signal
            if worker != nil, isForGroup {
                #expect(!isOffered)
                continue
            }
            let course = app.plan(offer.action, worker: worker) {
                $0.size = .by(1)
                $0.signal = 15
            }.course
            // A signal is offered where any is to be had; TERM is one of them wherever one is.
            #expect(isOffered == (course != nil), "\(offer) \(app.group)")
            guard let course else { continue }
            let isSilent = [Action.pause, .resume, .abort, .hold, .release].contains(offer.action)
            #expect(course.plan.steps.isEmpty == isSilent)
            #expect(!course.plan.success.isEmpty)
        }
    }

    @Test func offersSayHow() {
        let worker = App(.gunicorn).offers(worker: 0)
        #expect(worker[0].means == "SIGTERM to the worker, SIGKILL after 10 s; gunicorn starts a new one")
        #expect(worker[1].unavailable == "it is done to the whole app: choose shop")
        #expect(worker[3].means.hasPrefix("to the worker: SIGHUP, SIGINT"))
        let group = App(.gunicorn, link: systemd()).offers()
        #expect(group[0].unavailable == "it is done to one worker; roll does all, one by one")
        #expect(group[1].means == "SIGTERM to the worker, SIGKILL after 10 s; gunicorn starts a new one, one at a time")
        #expect(group[2].means == "SIGHUP to the master; gunicorn starts new workers, then ends the old ones")
        #expect(
            group[4].means
                == "SIGTTIN to the master; SIGTTIN and SIGTTOU to the master: one worker more, one less; a reload goes back to "
                + "the configured number")
        #expect(group[5].means == "systemd stops it")
        #expect(group[6].unavailable == "shop runs: 3 workers live")
        #expect(group[7].unavailable == "shop has no roll")
        #expect(group[10].means == "nobody else acts on it for 60 s")
        let postgres = App(.postgres).offers(worker: 0)
        #expect(postgres[3].means == "to the worker: SIGHUP, SIGINT, SIGTERM")
    }
}
