internal import Model

/// A key for each candidate: `<kind>/<app>/<digest>`, the same as long as the same thing is started the same way,
/// whatever its processes' numbers and working directory; so it survives the restart of workers and of their master.
///
/// Of groups that would have the same key each gets its ports behind it, or, when those do not tell them apart either,
/// the number of its master or of its first worker. All of them and not only the later one: else the key of one could
/// become the other's.
enum GroupKey {
    static func keys(for candidates: [Candidate]) -> [String] {
        var keys = candidates.map(baseKey)
        let tails: [(Candidate) -> String?] = [
            { $0.ports.isEmpty ? nil : $0.ports.map(String.init).joined(separator: ",") },
            { $0.master.map { "master-\($0.pid)" } },
            { "worker-\($0.workers[0].pid)" },  // of one group only
        ]
        for tail in tails {
            let counts = Dictionary(keys.map { ($0, 1) }, uniquingKeysWith: +)
            for index in keys.indices where counts[keys[index], default: 1] > 1 {
                if let tail = tail(candidates[index]) { keys[index] += "/\(tail)" }
            }
        }
        return keys
    }

    private static func baseKey(_ candidate: Candidate) -> String {
        var digest = Digest()
        // Where the master's command line tells the whole story, a worker's title may change under us.
        let told: [ProcessEntry?] =
            candidate.kind == .prefork
            ? [candidate.master, candidate.workers.first] : [candidate.master ?? candidate.workers.first]
        for entry in told.compactMap({ $0 }) {
            digest.add(entry.executable ?? "")
            for argument in entry.arguments where !isSpawnDetail(argument) { digest.add(argument) }
        }
        return "\(word(candidate.kind))/\(candidate.app)/\(digest.hex)"
    }

    /// Python puts the numbers of pipes into the code its spawned workers run.
    private static func isSpawnDetail(_ argument: String) -> Bool { argument.hasPrefix("from multiprocessing.") }

    private static func word(_ kind: GroupKind) -> String {
        switch kind {
        case .single: "single"
        case .prefork: "prefork"
        case .nodeCluster: "node"
        case .gunicorn: "gunicorn"
        case .nginx: "nginx"
        }
    }
}

/// FNV-1a, 64 bits folded to 32: short, the same on every run. Not for adversaries; equal keys are told apart above.
private struct Digest {
    private var state: UInt64 = 0xcbf2_9ce4_8422_2325

    mutating func add(_ text: String) {
        for byte in text.utf8 { add(byte) }
        add(0)
    }

    private mutating func add(_ byte: UInt8) {
        state = (state ^ UInt64(byte)).multipliedReportingOverflow(by: 0x0000_0100_0000_01b3).partialValue
    }

    var hex: String {
        let digits = String(UInt32(truncatingIfNeeded: state ^ (state >> 32)), radix: 16)
        return String(repeating: "0", count: 8 - digits.count) + digits
    }
}
