public import Model

/// What an agent learned of each app by its own restarts; a run of the agent learns it again from the log of the last day.
public struct Experiences: Sendable {
    public static let limit = 1024
    /// Replacements whose time is remembered.
    static let span = 10

    private struct Entry {
        var replaced: UInt32 = 0
        var notReplaced: UInt32 = 0
        /// The newest last.
        var times: [Duration] = []
        var used: UInt64 = 0
    }

    private var entries: [String: Entry] = [:]
    private var clock: UInt64 = 0

    public init() {}

    /// Takes in what one restart came to; a verdict that says nothing about coming back changes nothing.
    public mutating func learn(_ verdict: Verdict, of groupKey: String) {
        let groupKey = Self.lasting(groupKey)
        var entry = entries[groupKey] ?? Entry()
        switch verdict {
        case .replaced(let evidence):
            guard let exited = evidence.exited else { return }  // it ended by itself: nothing was tried
            entry.replaced = Self.more(entry.replaced)
            if let replaced = evidence.replaced {
                entry.times = (entry.times + [max(.zero, replaced - exited)]).suffix(Self.span)
            }
        case .notReplaced, .zombieLeft, .orphanHoldsPort, .crashLoop:
            entry.notReplaced = Self.more(entry.notReplaced)
        default: return
        }
        clock += 1
        entry.used = clock
        if entries[groupKey] == nil, entries.count >= Self.limit,
            let oldest = entries.min(by: { $0.value.used < $1.value.used })
        {
            entries[oldest.key] = nil
        }
        entries[groupKey] = entry
    }

    private static func more(_ count: UInt32) -> UInt32 { count < .max ? count + 1 : count }

    /// The part of a key that stays. Another of the same app coming or going puts ports or a pid behind a key, or takes them
    /// away (`Discovery/GroupKey.swift`); both are started in the same way, so what one taught holds for the other.
    static func lasting(_ key: String) -> String {
        let parts = key.split(separator: "/", omittingEmptySubsequences: false)
        guard let digest = parts.lastIndex(where: isDigest), digest >= 2 else { return key }
        return parts[...digest].joined(separator: "/")
    }

    private static func isDigest(_ part: Substring) -> Bool {
        part.utf8.count == 8
            && part.utf8.allSatisfy {
                (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
                    || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains($0)
            }
    }

    public func experience(of groupKey: String) -> Experience {
        guard let entry = entries[Self.lasting(groupKey)] else { return Experience() }
        return Experience(
            replaced: entry.replaced, notReplaced: entry.notReplaced, slowest: entry.times.max())
    }
}
