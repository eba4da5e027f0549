import Console
import Model

/// Why there is no connection, in words. Reasons come from elsewhere: hostile until drawn through `SafeText`.
func failureText(_ failure: LinkFailure) -> String {
    switch failure {
    case .unreachable(let reason): reason.isEmpty ? "not reachable" : reason
    case .authentication(let reason): reason.isEmpty ? "our certificate was refused" : reason
    case .untrusted(let reason): "their certificate is not trusted" + (reason.isEmpty ? "" : ": \(reason)")
    case .version(let theirs, let ours): "agent speaks protocol \(rangeText(theirs)), this dashboard \(rangeText(ours))"
    case .closed(let reason): "connection closed" + (reason.isEmpty ? "" : ": \(reason)")
    case .silent: "connection silent for 15 s"
    case .protocolError(let reason): "it broke the protocol" + (reason.isEmpty ? "" : ": \(reason)")
    case .noDescriptor(let allowed): "not dialled: looptop may have \(allowed) files open here, too few for all hosts"
    }
}

/// What the operator can do about it.
func failureAdvice(_ failure: LinkFailure, at address: String) -> String {
    switch failure {
    case .unreachable, .closed, .silent: "Ctrl-R: now"
    case .authentication where address.hasPrefix("ssh:"): "see what ssh itself says, then Ctrl-R"
    case .authentication: "enrol again, then Ctrl-R"
    case .untrusted: "check who answers there; enrol again if it was reinstalled"
    case .version(let theirs, let ours):
        theirs.lowerBound > ours.upperBound ? "this dashboard must be upgraded" : "the agent must be upgraded"
    case .protocolError: "upgrade the older side; Ctrl-R: now"
    case .noDescriptor: "raise the hard limit (ulimit -Hn) and start it again, or name fewer hosts"
    }
}

private func rangeText(_ range: ClosedRange<UInt16>) -> String {
    range.count == 1 ? "\(range.lowerBound)" : "\(range.lowerBound) to \(range.upperBound)"
}

extension FleetHost {
    /// Instead of numbers: what, since when, what comes next, what you can do; the most needed part first. `nil` for
    /// hosts with numbers to show.
    func sentenceParts(now: MonotonicInstant) -> [String]? {
        guard !state.hasNumbers else { return nil }
        guard let failure else { return connectingParts(now: now) }
        var parts = [failureText(failure)]
        if let drainReason { parts[0] = "agent went away: \(drainReason.isEmpty ? "shutting down" : drainReason)" }
        let next: String?
        if isPast {
            next = nil
        } else if phase == .dialling {
            next = "trying now (try \(attempt))"
        } else if let retryAt {
            next = "retry in \(Format.age(max(retryAt - now, .zero)))"
        } else {
            next = "not retried"
        }
        if let next { parts.append(next) }
        if let sampledWall, let age = age(now: now) {
            parts.append("last seen \(Format.clock(sampledWall)) (\(Format.age(age)) ago)")
        } else {
            parts.append("never seen, failing for \(Format.age(failingSince.map { now - $0 }))")
        }
        if !isPast { parts.append(failureAdvice(failure, at: address)) }
        return parts
    }

    /// The parts that fit in `columns`, whole; the first one always.
    func sentence(now: MonotonicInstant, columns: Int) -> String? {
        guard let parts = sentenceParts(now: now), var text = parts.first else { return nil }
        for part in parts.dropFirst() where text.count + 2 + part.count <= columns { text += "; " + part }
        return text
    }

    private func connectingParts(now: MonotonicInstant) -> [String] {
        if isPast { return ["nothing is known of this time"] }
        let since = phaseSince.map { Format.age(now - $0).string } ?? "0s"
        switch phase {
        case .idle: return ["waiting to dial"]
        case .dialling: return [attempt > 1 ? "connecting, try \(attempt), \(since)" : "connecting, \(since)"]
        case .open: return ["connected, no sample yet for \(since)"]
        case .closed: return ["disconnected"]
        }
    }
}
