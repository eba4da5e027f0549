import Model

/// How the fleet screen is sorted.
enum FleetOrder: Hashable, Sendable, CaseIterable {
    case state, cpu, memory, utilisation, lag, name

    var word: String {
        switch self {
        case .state: "STATE"
        case .cpu: "CPU"
        case .memory: "MEM"
        case .utilisation: "UTIL"
        case .lag: "LAG"
        case .name: "HOST"
        }
    }
}

/// How the host screen is sorted: apps among each other, and workers within their app.
enum HostOrder: Hashable, Sendable, CaseIterable {
    case state, cpu, memory, utilisation, lag, burst, slot

    var word: String {
        switch self {
        case .state: "STATE"
        case .cpu: "CPU"
        case .memory: "RSS"
        case .utilisation: "UTIL"
        case .burst: "BURST"
        case .lag: "LAG"
        case .slot: "WORKER"
        }
    }
}

extension CaseIterable where Self: Equatable {
    /// The next case, the first after the last.
    var next: Self {
        let all = Array(Self.allCases)
        guard let index = all.firstIndex(of: self) else { return self }
        return all[(index + 1) % all.count]
    }
}
