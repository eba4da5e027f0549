import Console
import Model
import Trust

/// How long one's own certificate is good for: said before it is too late.
enum OwnCertificate {
    /// So long before its end.
    static let early = Duration.seconds(7 * 86_400)
    static let advice = "Where the fleet's CA key is: looptop init --renew. Else: looptop request."

    /// `nil` while there is time; also without an identity, which this machine alone does not need.
    static func warning(_ identity: Identity?, now: WallTime) throws(TrustError) -> String? {
        guard let identity else { return nil }
        return warning(end: try expiry(ofCertificate: identity.leaf), now: now)
    }

    static func warning(end: WallTime, now: WallTime) -> String? {
        guard let left = end.elapsed(since: now), left < early else { return nil }
        let end = left <= .zero ? "is over" : "ends in \(Format.age(left))"
        return "your certificate \(end). \(advice)"
    }
}
