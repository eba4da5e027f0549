internal import Model

/// A key for each candidate: `<kind>/<app>/<digest>`, the same as long as the same thing is started the same way,
/// whatever its processes' numbers; so it survives the restart of workers and of their master.
///
/// Of groups that would have the same key the one that is about to replace its parent (a binary upgrade) is told apart
/// from it. Of others each gets its ports behind it, or, when those do not tell them apart either, the number of its
/// master or of its first worker. All of them and not only the later one: else the key of one could become the other's.
enum GroupKey {
    static func keys(for candidates: [Candidate], in scene: Scene) -> [String] {
        var keys = candidates.map { candidate in
            var digest = Digest()
            for text in candidate.identity { digest.add(text) }
            return "\(word(candidate.kind))/\(candidate.app)/\(digest.hex)"
        }
        let tails: [(Candidate) -> String?] = [
            { $0.variant },
            { candidate in
                let ports = candidate.listeningPorts(in: scene)
                return ports.isEmpty ? nil : ports.map(String.init).joined(separator: ",")
            },
            { $0.master.map { "master-\(scene.entries[$0].pid)" } },
            { "worker-\(scene.entries[$0.workers[0]].pid)" },  // of one group only
        ]
        for tail in tails {
            let counts = Dictionary(keys.map { ($0, 1) }, uniquingKeysWith: +)
            for index in keys.indices where counts[keys[index], default: 1] > 1 {
                if let tail = tail(candidates[index]) { keys[index] += "/\(tail)" }
            }
        }
        return keys
    }

    /// The unit, container or pod, where that outlives its processes.
    static func place(of index: Int, in scene: Scene) -> [String] {
        let place = scene.place(of: index)
        if let pod = place.pod { return ["pod", pod.uid] }
        if let container = place.container { return ["container", container.id] }
        if let machine = place.machine { return ["machine", machine] }
        // A scope is made anew for each login and each window.
        guard let unit = place.unit, unit[...].hasEnding(".service"), !Units.areFurniture(unit) else { return [] }
        return ["unit", place.userManager.map { "\($0)" } ?? "", unit]
    }

    /// Who started what program in which directory.
    static func start(of index: Int, in scene: Scene) -> [String] {
        let entry = scene.entries[index]
        return ["\(entry.uid)", Stable.path(entry.executable ?? ""), scene.directory(of: index)]
    }

    private static func word(_ kind: GroupKind) -> String {
        switch kind {
        case .nodeCluster: "node"
        // One server alone, and another like it beside it, are the same app.
        case .alike: "single"
        default: kind.word
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
