import Glibc
import Model
import Trust

/// A fleet without a screen: dials, and hands over what comes in until a moment or until told to stop.
struct FleetSession {
    let targets: [Target]
    let links: FleetLinks

    init(_ targets: [Target], membership: Membership?, connectLimit: Duration = Link.connectLimit) throws {
        self.targets = targets
        do throws(ShellError) {
            links = try FleetLinks(to: targets, membership: membership, connectLimit: connectLimit)
        } catch {
            throw Output.failure(error)
        }
    }

    /// Until every host has answered or failed, or `limit` is over.
    func gather(_ interest: Interest, snapshots: Int, retries: Bool, limit: Duration) -> Gathering {
        var gathering = Gathering(places: targets.map(\.place), snapshots: snapshots, retries: retries)
        links.start(wanting: interest)
        follow(&gathering, until: Clocks.monotonic() + limit) { !$0.isComplete }
        return gathering
    }

    /// Takes in what the links tell until `goesOn` says no or the deadline passes.
    func follow(
        _ gathering: inout Gathering, until deadline: MonotonicInstant,
        while goesOn: (Gathering) -> Bool = { _ in true }
    ) {
        run(until: deadline) { items, now, wall in
            for item in items { gathering.handle(item.event, from: item.host, now: now, wall: wall) }
            return goesOn(gathering)
        }
        gathering.tick(now: Clocks.monotonic(), wall: Clocks.wall())
    }

    /// Calls `body` whenever something came in, until it returns `false` or the deadline passes.
    func run(until deadline: MonotonicInstant, _ body: ([MailQueue.Item], MonotonicInstant, WallTime) -> Bool) {
        while true {
            let now = Clocks.monotonic()
            guard body(links.mailbox.takeAll(), now, Clocks.wall()), now < deadline else { return }
            var descriptor = pollfd(fd: links.mailbox.descriptor, events: Int16(POLLIN), revents: 0)
            // Rounded up; EINTR only looks once more.
            poll(&descriptor, 1, Int32(clamping: ((deadline - now).nanoseconds + 999_999) / 1_000_000))
        }
    }
}
