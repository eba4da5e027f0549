import Trust

/// A rule that acts: what has to hold for how long, and what is done then. There is none unless the configuration has
/// it.
struct ActionRule: Hashable, Sendable {
    enum Condition: Hashable, Sendable {
        /// Resident memory above so many bytes.
        case memory(above: UInt64)
        /// The longest stretch of the loop in the last window above this.
        case lag(above: Duration)
        /// Its loop does not turn, by evidence: HUNG.
        case silent
    }

    enum Deed: String, Hashable, Sendable, CaseIterable {
        /// An event, and nothing else: what `thresholds` are.
        case tell
        /// An event that proposes a restart.
        case propose
        /// A restart through the same machine as an operator's.
        case restart
    }

    var condition: Condition
    /// How long it has to hold without a break.
    var lasting: Duration
    var deed: Deed
    /// After a deed nothing is done for this worker's group by this rule for so long.
    var cooldown: Duration = ActionRule.usualCooldown
    var mostPerHour: UInt32 = ActionRule.usualMostPerHour

    static let usualCooldown = Duration.seconds(600)
    static let usualMostPerHour: UInt32 = 3
    /// How long a threshold has to be passed before it is told.
    static let usualLasting = Duration.seconds(30)

    /// `memory > 1GiB for 2m`.
    var text: String {
        let what =
            switch condition {
            case .memory(let bytes): "memory > \(Quantity.text(bytes: bytes))"
            case .lag(let lag): "lag > \(Quantity.text(lag))"
            case .silent: "silent"
            }
        return "\(what) for \(Quantity.text(lasting))"
    }

    static let lastingRange = Duration.seconds(1)...Duration.seconds(86_400)
    static let lagRange = Duration.milliseconds(1)...Duration.seconds(3600)

    /// What a text such as `memory > 1GiB for 2m` asks for; why not, where it is none.
    static func condition(_ text: String) -> Result<(Condition, lasting: Duration), Objection> {
        let words = text.replacing(">", with: " > ").split(separator: " ")
        guard words.count >= 3, words[words.count - 2] == "for" else { return .failure(.form) }
        guard let lasting = Quantity.duration(words[words.count - 1]), lastingRange.contains(lasting) else {
            return .failure(
                Objection("\"\(words[words.count - 1])\" must be a time from 1s to 1d, such as \"30s\" or \"2m\""))
        }
        let what = words.dropLast(2)
        if what == ["silent"] { return .success((.silent, lasting)) }
        guard what.count == 3, what[1] == ">" else { return .failure(.form) }
        switch what[0] {
        case "memory":
            guard let bytes = Quantity.bytes(what[2]), bytes > 0 else {
                return .failure(Objection("\"\(what[2])\" must be a size such as \"512MiB\" or \"1GiB\""))
            }
            return .success((.memory(above: bytes), lasting))
        case "lag":
            guard let lag = Quantity.duration(what[2]), lagRange.contains(lag) else {
                return .failure(Objection("\"\(what[2])\" must be a time from 1ms to 1h, such as \"500ms\""))
            }
            return .success((.lag(above: lag), lasting))
        default: return .failure(.form)
        }
    }

    struct Objection: Error, Equatable {
        let reason: String
        init(_ reason: String) { self.reason = reason }

        static let form = Objection(
            "it must be \"memory > SIZE for TIME\", \"lag > TIME for TIME\" or \"silent for TIME\"")
    }
}
