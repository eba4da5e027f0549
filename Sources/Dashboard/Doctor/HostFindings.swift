import Console
import Model
import Transport
import Wire

/// What `looptop doctor` says of one host: how far the way to it is open, and what is known at its end.
struct HostFindings {
    let host: FleetHost
    let endpoint: Endpoint
    /// Of its name; `nil` where it was not known in time, or where there is no name.
    let lookup: NameLookup.Outcome?
    /// For each step.
    let limit: Duration
    /// Another host here that turned out to be the same.
    var twin: String?

    private static let lookThere = "The agent's log says why, if it was the agent: journalctl -u looptop-agent."

    var all: [Finding] {
        var found = way
        if let info = host.info, host.role != nil, host.failure == nil { found += end(info) }
        // What it calls itself is told below, and is not what it goes by here.
        let title = host.address.hasPrefix(host.place.label) ? host.address : "\(host.place.label)  \(host.address)"
        for index in found.indices { found[index].host = title }
        return found
    }

    private func finding(
        _ check: String, _ verdict: Finding.Verdict, _ text: String, advice: String? = nil
    ) -> Finding {
        Finding(.host, check, verdict, text, advice: advice)
    }

    // MARK: the way

    private var way: [Finding] {
        switch endpoint {
        case .unix(let path): [socket(path)]
        case .ssh(let alias): [ssh(alias)]
        case .tls(let name, let id): network(name.host, isEnrolled: id != nil)
        }
    }

    private func socket(_ path: String) -> Finding {
        switch host.failure {
        case nil where host.info != nil:
            return finding("socket", .ok, "The agent of this machine answers at its socket.")
        case nil:
            return finding(
                "socket", .fail, "The socket takes the connection, but no agent answers within \(text(limit)).",
                advice: "It is stopped or starved: look with systemctl status looptop-agent.")
        case .unreachable(let reason)?:
            return finding(
                "socket", .fail, "The socket cannot be used: \(reason).",
                advice: "Start the agent of this machine: looptop-agent run, or systemctl start looptop-agent.")
        case let failure?: return broken("socket", failure)
        }
    }

    private func ssh(_ alias: String) -> Finding {
        let byHand = "Try it by hand: ssh -o BatchMode=yes \(alias) looptop-agent --version"
        switch host.failure {
        case nil where host.info != nil: return finding("ssh", .ok, "ssh logs in there, and the agent answers.")
        case nil:
            return finding(
                "ssh", .fail, "No agent answers over ssh within \(text(limit)).", advice: byHand + ".")
        case .protocolError?:
            return finding(
                "ssh", .fail, "Something answers, but it is no agent: \(host.failure.map(failureText) ?? "").",
                advice: "A login shell that prints something spoils it: ssh \(alias) true must print nothing.")
        case .version(let theirs, let ours)?: return broken("ssh", .version(theirs: theirs, ours: ours))
        case let failure?:
            return finding(
                "ssh", .fail, "It is not reached: \(failureText(failure)).",
                advice: byHand + "; the user there must be root, or the one that the agent runs as.")
        }
    }

    private func network(_ name: String, isEnrolled: Bool) -> [Finding] {
        var found: [Finding] = []
        switch lookup {
        case .address?: found.append(finding("name", .ok, "\(name) is an address: there is no name to resolve."))
        case .found(let addresses)?:
            let more = addresses.count > 4 ? " and \(addresses.count - 4) more" : ""
            found.append(
                finding("name", .ok, "\(name) resolves to \(addresses.prefix(4).joined(separator: ", "))\(more)."))
        case .failed(let reason)?:
            return [
                finding(
                    "name", .fail, "\(name) cannot be resolved: \(reason).",
                    advice: "Look for a slip of the pen, in /etc/hosts and in DNS (getent hosts \(name)), or write its "
                        + "address instead.")
            ]
        case nil where host.info == nil:
            return [
                finding(
                    "name", .fail, "\(name) was not resolved within \(text(limit)).",
                    advice: "The name servers of /etc/resolv.conf do not answer; write its address instead.")
            ]
        case nil: break  // it was reached all the same
        }
        return found + connection(isEnrolled: isEnrolled)
    }

    private func connection(isEnrolled: Bool) -> [Finding] {
        let connects = finding("tcp", .ok, "TCP connects.")
        switch host.failure {
        case nil where host.info != nil:
            let who =
                isEnrolled
                ? "its certificate is that of the host that was enrolled"
                : "its certificate is of this fleet; the host book has no host at this address"
            return [connects, finding("tls", .ok, "TLS 1.3 is agreed on, and \(who).")]
        case nil:
            return [
                connects,
                finding(
                    "tls", .fail, "It connects, but then nothing comes within \(text(limit)).",
                    advice: "The agent is stopped or starved, or something else listens there: look on that host with "
                        + "systemctl status looptop-agent and ss -ltnp."),
            ]
        case .unreachable(let reason)?:
            let isSilent = reason.hasPrefix("timed out")
            return [
                finding(
                    "tcp", .fail, "TCP does not connect: \(reason).",
                    advice: isSilent
                        ? "The host is off, the address is another's, or a firewall drops what comes."
                        : "Nothing listens there: start the agent on that host, and see with cat listen in its state "
                            + "directory which address and port it has.")
            ]
        case .noDescriptor(let allowed)?: return [broken("tcp", .noDescriptor(allowed: allowed))]
        case .authentication(reason: LinkShell.noCertificate)?:
            return [
                finding(
                    "tls", .fail, "It was not tried: there is no certificate here to show.",
                    advice: "Run looptop init here, and enrol the host: looptop enroll TOKEN.")
            ]
        case let failure?: return [connects, broken("tls", failure)]
        }
    }

    /// Connected, and refused or lost.
    private func broken(_ check: String, _ failure: LinkFailure) -> Finding {
        let text = Finding.sentence(failureText(failure))
        switch failure {
        case .authentication:
            return finding(
                check, .fail, text,
                advice:
                    "The agent's log says why: another fleet, expired, or a clock is wrong. Enrol again from where the "
                    + "fleet's CA key is.")
        case .untrusted:
            return finding(
                check, .fail, text,
                advice: "See who answers at this address; where the host was installed anew, enrol it again.")
        case .version(let theirs, let ours):
            let isOlder = theirs.lowerBound > ours.upperBound
            return finding(
                "version", .fail, text,
                advice: isOlder ? "Upgrade this looptop." : "Upgrade the agent on that host.")
        case .protocolError:
            return finding(check, .fail, text, advice: "Upgrade the older side; or it is no agent that listens there.")
        case .noDescriptor:
            return finding(check, .fail, text, advice: "Raise the hard limit (ulimit -Hn), or name fewer hosts.")
        case .unreachable, .closed, .silent: return finding(check, .fail, text, advice: Self.lookThere)
        }
    }

    // MARK: its end

    private func end(_ info: HostInfo) -> [Finding] {
        var found: [Finding] = []
        let name = info.name.isEmpty ? "" : "It calls itself \(info.name), and runs "
        let start = name.isEmpty ? "It runs " : name
        let protocols = "protocol \(ProtocolVersion.supported.upperBound)"
        found.append(
            finding(
                "version", .ok,
                "\(start)agent \(info.agentVersion) on Linux \(info.kernel); this is looptop \(Version.number), and both "
                    + "speak \(protocols)."))
        if let twin {
            found.append(
                finding("twin", .ok, "It is the same host as \(twin): one of the two is enough."))
        }
        found.append(role)
        found.append(clock)
        guard let snapshot = host.snapshot else {
            found.append(
                finding(
                    "sample", .warn, "No sample came from it within \(text(limit)).",
                    advice: "The agent is stopped or starved, or its --interval is longer: looptop ls --timeout 1m."))
            return found
        }
        let limits = limitationTexts(snapshot.limitations)
        found += limits.map {
            finding(
                "limits", .warn, "The agent says: \(Finding.sentence($0))",
                advice:
                    "See Capabilities in docs/OPERATING.md; looptop works without, and shows - for what is not known.")
        }
        if limits.isEmpty { found.append(finding("limits", .ok, "The agent may read all that it needs.")) }
        return found
    }

    private var role: Finding {
        let role = host.role ?? .viewer
        return role < .operator
            ? finding("role", .ok, "Your role there is \(role.word), or the agent is read-only: you may only look.")
            : finding("role", .ok, "Your role there is \(role.word), within what the host's policy allows.")
    }

    /// Below this it is the usual noise of a network and of time services.
    private static let clockTolerance = 1.0

    private var clock: Finding {
        guard let offset = host.clockOffset, let roundTrip = host.roundTrip else {
            return finding("clock", .warn, "Its clock is not known: it did not answer in time.")
        }
        let size = Format.latency(.nanoseconds(Int64(clamping: offset.nanoseconds.magnitude))).string
        let way = "a round trip takes \(Format.latency(roundTrip).string)"
        guard offset.seconds.magnitude >= Self.clockTolerance else {
            return finding("clock", .ok, "Its clock and this one agree within \(size); \(way).")
        }
        return finding(
            "clock", .warn, "Its clock is \(size) \(offset > .zero ? "ahead of" : "behind") this one; \(way).",
            advice: "Times of events of several hosts cannot be compared, and above ten minutes certificates fail: see "
                + "timedatectl on both.")
    }

    private func text(_ duration: Duration) -> String {
        let milliseconds = duration.nanoseconds / 1_000_000
        return milliseconds % 1000 == 0 ? "\(milliseconds / 1000) s" : "\(milliseconds) ms"
    }
}
