import ArgumentParser
import Model

/// A part of a whole, 0 to 1; on the command line in per cent.
struct Share: ExpressibleByArgument, Sendable {
    static let none = Share(value: 0)

    let value: Double

    init(value: Double) { self.value = value }

    /// `30%` or `30`.
    init?(argument: String) {
        guard let percent = Double(argument.last == "%" ? String(argument.dropLast()) : argument), 0...100 ~= percent
        else { return nil }
        value = percent / 100
    }

    func of(_ count: Int) -> Int { Int((value * Double(count)).rounded()) }
}

/// What is wrong with a simulated host.
enum Fault: Hashable, Sendable {
    enum Kind: String, Hashable, Sendable, CaseIterable {
        case blackHoled = "black-holed"
        case slow
        case badCertificate = "bad certificates"
        case oldProtocol = "old protocol"
    }

    enum Certificate: CaseIterable, Hashable, Sendable {
        case ofAnotherFleet, expired, ofAnotherHost
    }

    /// `accepts`: connections are taken, and nothing is ever said.
    case blackHoled(accepts: Bool)
    /// Each message takes so long, either way.
    case slow(Duration)
    case badCertificate(Certificate)
    case oldProtocol
}

/// One host that is to be simulated.
struct HostPlan: Sendable {
    /// From 0.
    let number: Int
    let name: String
    let id: HostID
    let boot: BootID
    /// Of everything that happens on it.
    let seed: UInt64
    /// `nil`: nothing is wrong.
    let fault: Fault?
}

/// Who there is, and what is wrong with whom: all of it follows from the seed.
struct FleetPlan: Sendable {
    private static let kinds = ["web", "api", "db", "cache", "queue", "batch"]

    let hosts: [HostPlan]

    init(hosts count: Int, seed: UInt64, faults shares: [(fault: Fault.Kind, share: Share)]) {
        var random = SplitMix64(state: seed)
        var order = Array(0..<count)
        order.shuffle(using: &random)
        var faults: [Int: Fault] = [:]
        for (kind, share) in shares {
            let struck = order.prefix(share.of(count))
            order.removeFirst(struck.count)
            for number in struck { faults[number] = Fault(kind, using: &random) }
        }
        hosts = (0..<count).map { number in
            let digits = String(number + 1)
            let padded = String(repeating: "0", count: max(0, 4 - digits.count)) + digits
            return HostPlan(
                number: number, name: "\(Self.kinds[Int(random.next() % 6)])-\(padded)",
                id: HostID(high: random.next(), low: random.next()),
                boot: BootID(high: random.next(), low: random.next()), seed: random.next(), fault: faults[number])
        }
    }

    /// `600 well, 300 black-holed, ...`
    var summary: String {
        var counts: [Fault.Kind: Int] = [:]
        for host in hosts { if let kind = host.fault?.kind { counts[kind, default: 0] += 1 } }
        let struck = Fault.Kind.allCases.compactMap { kind in counts[kind].map { "\($0) \(kind.rawValue)" } }
        return (["\(hosts.count { $0.fault == nil }) well"] + struck).joined(separator: ", ")
    }
}

extension Fault {
    fileprivate init(_ kind: Kind, using random: inout SplitMix64) {
        switch kind {
        case .blackHoled: self = .blackHoled(accepts: Bool.random(using: &random))
        case .slow: self = .slow(.milliseconds(Int64.random(in: 200...2500, using: &random)))
        case .badCertificate: self = .badCertificate(Certificate.allCases[Int(random.next() % 3)])
        case .oldProtocol: self = .oldProtocol
        }
    }

    var kind: Kind {
        switch self {
        case .blackHoled: .blackHoled
        case .slow: .slow
        case .badCertificate: .badCertificate
        case .oldProtocol: .oldProtocol
        }
    }
}
