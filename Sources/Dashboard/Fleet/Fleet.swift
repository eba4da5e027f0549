import Model

/// All hosts of the dashboard, in the order they were named. A value: the loop hands events in, screens read.
struct Fleet: Sendable {
    /// The index is the host's number; the list never shrinks.
    private(set) var hosts: [FleetHost]
    /// Numbers of those that have a row, in order: where several addresses lead to one host, one of them.
    private(set) var shown: [Int]
    private var twins = Twins()

    /// The context that all hosts are in; `nil` where there is none.
    let context: String?

    /// What is wrong, and was lately.
    private(set) var alerts = AlertBook()

    init(places: [HostPlace], limits: [AppLimits] = []) {
        self.init(hosts: places.map { FleetHost(place: $0, limits: limits) })
    }

    /// As they were.
    init(hosts: [FleetHost]) {
        self.hosts = hosts
        let name = hosts.first?.place.context
        context = name.flatMap { name in hosts.allSatisfy { $0.place.context == name } ? name : nil }
        shown = Array(hosts.indices)
        for number in hosts.indices { settleTwins(of: number) }
    }

    mutating func add(_ hosts: [FleetHost]) {
        let old = self.hosts.count
        self.hosts += hosts
        shown += old..<self.hosts.count
        for number in old..<self.hosts.count { settleTwins(of: number) }
    }

    /// Takes in what a link told; events of unknown hosts are ignored.
    mutating func handle(_ event: LinkEvent, from host: Int, now: MonotonicInstant, wall: WallTime) {
        guard hosts.indices.contains(host) else { return }
        hosts[host].handle(event, now: now, wall: wall)
        hosts[host].settle(now: now, wall: wall)
        switch event {
        case .connected, .lost: settleTwins(of: host)
        default: break
        }
    }

    /// Who has a row after a link came or went: of one host's addresses the first that is connected, else the first.
    private mutating func settleTwins(of host: Int) {
        guard let info = hosts[host].info else { return }
        let before = twins.hidden
        for numbers in twins.place(host, as: Twins.Machine(id: info.id, boot: info.boot)) {
            let one = numbers.first { hosts[$0].phase == .open } ?? numbers.first
            for number in numbers {
                let others = number == one ? numbers.filter { $0 != number } : []
                hosts[number].alsoAt = others.map { hosts[$0].place.label }
                // By whichever address it is protected, it is.
                hosts[number].protectedBy = numbers.compactMap { hosts[$0].place.protectedBy }.first
                if number == one { twins.hidden.remove(number) } else { twins.hidden.insert(number) }
            }
        }
        if twins.hidden != before { shown = hosts.indices.filter { !twins.hidden.contains($0) } }
    }

    /// Lets time pass: hosts whose samples stopped become stale.
    mutating func tick(now: MonotonicInstant, wall: WallTime) {
        for index in hosts.indices { hosts[index].settle(now: now, wall: wall) }
    }

    /// Looks what is wrong now; returns what somebody should hear of.
    mutating func followAlerts(_ rules: [AlertRule], now: MonotonicInstant, wall: WallTime) -> [Alert] {
        var book = alerts
        let news = book.follow(self, rules, now: now, wall: wall)
        alerts = book
        return news
    }

    /// `a` on alerts: seen, and the other way round.
    mutating func acknowledge(_ alert: AlertID, now: MonotonicInstant) { alerts.acknowledge(alert, now: now) }

    /// `A` on alerts: not to be heard of for an hour, and the other way round.
    mutating func silence(_ alert: AlertID, now: MonotonicInstant) { alerts.silence(alert, now: now) }

    /// Remembers a command that is about to be sent, so that its answer finds its question.
    mutating func issued(_ command: Command, to host: Int, now: MonotonicInstant, wall: WallTime) {
        guard hosts.indices.contains(host) else { return }
        hosts[host].add(
            hosts[host].record(of: command.id, command.action, command.target, ours: true, at: now, wall: wall))
    }
}

/// Which addresses turned out to lead to which host.
private struct Twins: Sendable {
    /// A running machine. Two at once with the id of one, such as copies of a disk, are two.
    struct Machine: Hashable {
        let id: HostID
        let boot: BootID
    }

    /// Those that another one stands for.
    var hidden: Set<Int> = []
    private var numbers: [Machine: [Int]] = [:]
    private var machines: [Int: Machine] = [:]

    /// Notes who answered there; gives the addresses of each host of which that changes something.
    mutating func place(_ host: Int, as machine: Machine) -> [[Int]] {
        var touched: Set<Machine> = [machine]
        if let before = machines.updateValue(machine, forKey: host), before != machine {
            numbers[before]?.removeAll { $0 == host }
            touched.insert(before)
        }
        if numbers[machine]?.contains(host) != true { numbers[machine] = ((numbers[machine] ?? []) + [host]).sorted() }
        return touched.compactMap { numbers[$0] }.filter { !$0.isEmpty }
    }
}
