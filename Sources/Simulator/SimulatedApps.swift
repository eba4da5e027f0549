import Model

/// Which apps a host has.
extension SimulatedApp {
    private static let kinds: [(kind: GroupKind, names: [String])] = [
        (.nodeCluster, ["orders", "checkout", "gateway"]), (.gunicorn, ["api", "search", "reports"]),
        (.puma, ["shop", "admin"]), (.nginx, ["edge"]), (.prefork, ["mailer", "ingest"]),
    ]

    /// One to five with so many workers together, named as nobody else on the host.
    static func some(of workers: Int, since wall: WallTime, using random: inout SplitMix64) -> [SimulatedApp] {
        let count = min(1 + Int(random.next() % 5), workers)
        var left = workers
        return (0..<count).map { number in
            let others = count - number - 1
            let size =
                others == 0 ? left : Int.random(in: 1...max(1, min(left - others, 2 * left / count)), using: &random)
            left -= size
            let (kind, names) = kinds[number]
            let name = names[Int(random.next() % UInt64(names.count))]
            let info = GroupInfo(
                key: "\(kind.word)/\(name)", app: name, kind: kind,
                master: ProcessRef(pid: Int32(900 + number), startTicks: 100),
                ports: [UInt16(8000 + number)], respawn: .master)
            // Every fiftieth app lacks one of its workers for good.
            let lacks = size > 1 && random.next() % 50 == 0 ? 1 : 0
            let tempers = (0..<size).map { _ in Temper.some(using: &random) }
            return SimulatedApp(info, tempers: tempers, lacks: lacks, since: wall)
        }
    }

    /// Nobody will ever be in that slot.
    func isLacking(_ slot: Int) -> Bool { info.missingSince != nil && slot == slots.count - 1 }
}

extension Temper {
    fileprivate static func some(using random: inout SplitMix64) -> Temper {
        switch random.next() % 1000 {
        case ..<600: .idle
        case ..<880: .steady
        case ..<950: .busy
        case ..<985: .stalling
        case ..<996: .leaking
        case ..<999: .hanging
        default: .crashing
        }
    }
}
