internal import Model

/// The timers that a machine has asked for. What fires without being armed, or too early, changes nothing.
struct Deadlines<Name: Hashable & CaseIterable & Sendable>: Sendable {
    /// What a timer that fired means.
    enum Firing: Equatable {
        case due
        /// The shell woke early: it has to wait again, until then.
        case early(MonotonicInstant)
        case unknown
    }

    private var armed: [Name: MonotonicInstant] = [:]

    func isArmed(_ name: Name) -> Bool { armed[name] != nil }

    mutating func arm(_ name: Name, _ deadline: MonotonicInstant) { armed[name] = deadline }

    /// Whether it was armed.
    mutating func disarm(_ name: Name) -> Bool { armed.removeValue(forKey: name) != nil }

    mutating func fire(_ name: Name, now: MonotonicInstant) -> Firing {
        guard let deadline = armed[name] else { return .unknown }
        guard now >= deadline else { return .early(deadline) }
        armed[name] = nil
        return .due
    }

    /// Forgets all; those that were armed, in order.
    mutating func clear() -> [Name] { Name.allCases.filter { disarm($0) } }
}
