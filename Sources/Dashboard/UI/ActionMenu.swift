import Console
import Model

/// What can be done to a worker and its app, and what not and why, as their host says.
struct ActionMenu: Sendable {
    struct Item: Sendable {
        let subject: ActionSubject
        let offer: Offer
    }

    /// The worker and its app, or the app alone.
    let subjects: [ActionSubject]
    let openedAt: MonotonicInstant
    /// What is to be had comes first, for each subject; empty until the host has answered.
    private(set) var items: [Item] = []
    private(set) var experience: Experience?
    /// Why there is no list.
    private(set) var problem: String?
    private(set) var gone: String?
    private(set) var cursor = 0
    var scroll = 0

    /// `nil` where there is nobody to ask about.
    init?(_ subjects: [ActionSubject], now: MonotonicInstant) {
        guard !subjects.isEmpty else { return nil }
        self.subjects = subjects
        openedAt = now
    }

    /// The first: what the cursor was on.
    var subject: ActionSubject { subjects[0] }

    var questions: [Query.Body] { subjects.map { .offers($0.target) } }

    /// The one under the cursor.
    var chosen: Item? { items.indices.contains(cursor) ? items[cursor] : nil }

    mutating func choose(_ index: Int) { if items.indices.contains(index) { cursor = index } }

    mutating func move(_ step: Int) { cursor = min(max(cursor + step, 0), max(items.count - 1, 0)) }

    mutating func check(_ host: FleetHost) {
        gone = subject.change(on: host) ?? (host.state.hasNumbers ? nil : "host not reachable")
        let (action, target) = (chosen?.offer.action, chosen?.subject.target)
        var items: [Item] = []
        for subject in subjects {
            guard let answer = host.answers[.offers(subject.target)], answer.at >= openedAt else { continue }
            switch answer.body {
            case .offers(let offers, let experience):
                let shown = offers.filter { Self.isShown($0, of: subject) }
                items += (shown.filter { $0.unavailable == nil } + shown.filter { $0.unavailable != nil })
                    .map { Item(subject: subject, offer: $0) }
                self.experience = experience
            case .unknown(let reason): problem = reason
            default: break
            }
        }
        self.items = items
        cursor = items.firstIndex { $0.offer.action == action && $0.subject.target == target } ?? 0
    }

    /// What is done to the other of the two stands there; holds are for programs that roll over several hosts; and without
    /// a roll nobody asks why it cannot be paused.
    private static func isShown(_ offer: Offer, of subject: ActionSubject) -> Bool {
        guard offer.action.isShown else { return false }
        return switch offer.action {
        case .restart: subject.slot != nil
        case .signal: true
        case .pause, .resume, .abort: subject.slot == nil && offer.unavailable == nil
        default: subject.slot == nil
        }
    }
}
