import Console
import Model

typealias FleetView = ListView<Int, FleetOrder>

/// The hosts that the fleet screen shows, in its order.
func fleetRows(_ fleet: Fleet, _ view: FleetView) -> [Int] {
    let filter = Filter(view.filter)
    var keyed: [(index: Int, key: RowKey)] = []
    keyed.reserveCapacity(fleet.hosts.count)
    for (index, host) in fleet.hosts.enumerated() {
        let shown =
            filter.isEmpty || filter.matches([host.name, host.address, host.state.word] + host.groups.map(\.info.app))
        if shown { keyed.append((index, fleetKey(host, view.order))) }
    }
    keyed.sort { left, right in
        precedes(left.key, right.key, inverted: view.inverted)
            ?? ((fleet.hosts[left.index].name, left.index) < (fleet.hosts[right.index].name, right.index))
    }
    return keyed.map(\.index)
}

private func fleetKey(_ host: FleetHost, _ order: FleetOrder) -> RowKey {
    switch order {
    case .state: return .number(-Double(host.state.rank))
    case .name: return .text(host.name)
    default: break
    }
    guard host.state.hasNumbers else { return .unknown }
    if order == .lag {
        return host.rates.worstLag.map { .lag($0, isBound: host.rates.lagQuality == .bound) } ?? .unknown
    }
    let value: Double? =
        switch order {
        case .cpu: host.rates.cpu
        case .memory: host.rates.memoryUsed
        case .utilisation: host.rates.worstUtilisation
        case .state, .name, .lag: nil
        }
    return value.map { .number($0) } ?? .unknown
}

/// What rows are sorted by: numbers highest first, texts lowest first, unknown always last.
enum RowKey {
    case number(Double)
    /// Seconds; one that is only "at most" comes after an equal one that was measured.
    case lag(Double, isBound: Bool)
    case text(String)
    case unknown
}

/// Whether `left` comes before `right`; `nil` when the order does not say.
func precedes(_ left: RowKey, _ right: RowKey, inverted: Bool) -> Bool? {
    switch (left, right) {
    case (.number(let left), .number(let right)): left == right ? nil : (left > right) != inverted
    case (.lag(let left, let leftIsBound), .lag(let right, let rightIsBound)):
        left == right ? (leftIsBound == rightIsBound ? nil : rightIsBound != inverted) : (left > right) != inverted
    case (.text(let left), .text(let right)): left == right ? nil : (left < right) != inverted
    case (.unknown, .unknown): nil
    case (.unknown, _): false
    case (_, .unknown): true
    case (.number, _): true
    case (_, .number): false
    case (.lag, .text): true
    case (.text, .lag): false
    }
}

/// Plain text: every word has to be in one of a row's texts, upper and lower case alike.
struct Filter {
    private let words: [String]

    init(_ text: String) { words = text.lowercased().split(separator: " ").map(String.init) }

    var isEmpty: Bool { words.isEmpty }

    func matches(_ texts: [String]) -> Bool {
        guard !words.isEmpty else { return true }
        let texts = texts.map { $0.lowercased() }
        return words.allSatisfy { word in texts.contains { $0.contains(word) } }
    }
}
