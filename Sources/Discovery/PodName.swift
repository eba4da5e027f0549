/// What a pod's name says: the controller that made it, and its number where it has one.
struct PodName: Equatable {
    var app: String
    /// A StatefulSet numbers its pods from 0.
    var number: UInt32?

    /// `web-7d4b9c5f6d-x2x9z` of a Deployment, `agent-x2x9z` of a DaemonSet, `store-0` of a StatefulSet.
    init(_ name: String) {
        var parts = name.split(separator: "-", omittingEmptySubsequences: false)
        if parts.count > 1, let last = parts.last {
            if let number = UInt32(digits: last) {
                parts.removeLast()
                self.number = number
            } else if last.utf8.count == 5, Self.isRandom(last) {
                parts.removeLast()
                if parts.count > 1, let hash = parts.last, (8...10).contains(hash.utf8.count), Self.isRandom(hash) {
                    parts.removeLast()
                }
            }
        }
        app = parts.joined(separator: "-")
    }

    /// Kubernetes leaves out what could make a word.
    private static func isRandom(_ text: Substring) -> Bool {
        text.utf8.allSatisfy { "bcdfghjklmnpqrstvwxz2456789".utf8.contains($0) }
    }
}
