import Console
import Model
import Trust

/// What `looptop doctor` says of what this machine knows of itself: configuration, certificates, clock.
enum StateFindings {
    // MARK: configuration

    /// - Parameter files: those that are there and were read.
    static func configuration(_ settings: Settings, files: [String]) -> [Finding] {
        var found = files.map { Finding(.configuration, "file", .ok, "\($0) is read.") }
        if files.isEmpty {
            found.append(
                Finding(.configuration, "file", .ok, "There is no configuration file: everything is as usual."))
        }
        do throws(HostSource.Problem) {
            if let context = try settings.chosenContext() {
                let protection = context.isProtected ? "; it is protected: changes there need its name" : ""
                let says = settings.context.map { ", as \($0.source) says" } ?? ""
                found.append(
                    Finding(.configuration, "context", .ok, "The context \(context.name) counts\(says)\(protection)."))
            } else if !settings.configuration.contexts.isEmpty {
                let names = settings.configuration.contexts.map(\.name).sorted().joined(separator: ", ")
                found.append(
                    Finding(.configuration, "context", .ok, "No context counts, of those that there are: \(names)."))
            }
        } catch {
            found.append(
                Finding(
                    .configuration, "context", .fail, Finding.sentence(error.sentence),
                    advice: "See which there are: looptop context ls"))
        }
        return found
    }

    static func configuration(_ fault: ConfigurationFault) -> [Finding] {
        fault.lines.map {
            Finding(
                .configuration, "file", .fail, Finding.sentence($0), advice: "No host is looked at before it is mended."
            )
        }
    }

    // MARK: certificates

    /// As much of a day as anybody needs to notice a warning and to act on it.
    private static let authorityRenewalTime = Duration.seconds(180 * 86_400)

    /// - Parameter needed: whether a host is to be reached over the network.
    static func certificates(
        _ identity: Identity?, hasAuthority: Bool, booked: Int, needed: Bool, wall: WallTime
    ) -> [Finding] {
        guard let identity else {
            let text = "There is no certificate here, so that only the agent of this machine can be reached"
            let advice =
                "To reach others: looptop init, then on each host looptop-agent init --listen :7433, then here "
                + "looptop enroll TOKEN."
            return [Finding(.certificates, "own", needed ? .fail : .ok, text + ".", advice: needed ? advice : nil)]
        }
        var found: [Finding] = []
        do throws(TrustError) {
            let who =
                if case .person(let name, let role) = identity.name { "\(name), role \(role.word)" } else {
                    identity.name.description
                }
            found.append(
                validity(
                    "own", of: "You are \(who), of the fleet \(identity.fleet); the certificate",
                    from: try start(ofCertificate: identity.leaf), until: try expiry(ofCertificate: identity.leaf),
                    early: OwnCertificate.early, wall: wall,
                    advice: OwnCertificate.advice))
            for authority in identity.authorities {
                found.append(
                    validity(
                        "authority", of: "The fleet's CA",
                        from: try start(ofCertificate: authority), until: try expiry(ofCertificate: authority),
                        early: authorityRenewalTime, wall: wall,
                        advice: "Before that, give the fleet another, where the CA key is: looptop ca rotate."))
            }
        } catch { found.append(problem(error)) }
        let hosts = "\(booked) \(booked == 1 ? "host is" : "hosts are") enrolled"
        found.append(
            Finding(
                .certificates, "fleet", .ok,
                hasAuthority
                    ? "\(hosts), and the fleet's CA key is here: hosts are enrolled from here."
                    : "\(hosts); the fleet's CA key is not here: hosts are enrolled from where it is."))
        return found
    }

    static func problem(_ error: TrustError) -> Finding {
        Finding(.certificates, "files", .fail, Finding.sentence(error.sentence))
    }

    private static func validity(
        _ check: String, of what: String, from start: WallTime, until end: WallTime, early: Duration, wall: WallTime,
        advice: String
    ) -> Finding {
        let left = Duration.nanoseconds(end.nanoseconds &- wall.nanoseconds)
        let moment = Format.dateAndClock(end).string
        if wall < start {
            return Finding(
                .certificates, check, .fail, "\(what) is valid only from \(Format.dateAndClock(start).string) on.",
                advice: "This machine's clock is probably wrong: timedatectl.")
        }
        if left <= .zero {
            return Finding(.certificates, check, .fail, "\(what) expired at \(moment).", advice: advice)
        }
        let text = "\(what) is valid until \(moment), for \(Self.days(left))."
        return Finding(.certificates, check, left < early ? .warn : .ok, text, advice: left < early ? advice : nil)
    }

    private static func days(_ duration: Duration) -> String {
        let hours = Int(duration.seconds / 3600)
        return hours < 48 ? "\(hours) h" : "\(hours / 24) days"
    }

    // MARK: clock

    /// - Parameter isKept: by a time service; `nil` where the kernel does not say.
    static func clock(isKept: Bool?, wall: WallTime) -> Finding {
        let now = Format.dateAndClock(wall).string
        switch isKept {
        case true?: return Finding(.clock, "kept", .ok, "It is \(now), and a time service keeps this machine's clock.")
        case false?:
            return Finding(
                .clock, "kept", .warn, "It is \(now), but no time service keeps this machine's clock.",
                advice:
                    "Certificates and the times of events depend on it: timedatectl set-ntp true, or install chrony.")
        case nil:
            return Finding(
                .clock, "kept", .ok, "It is \(now); the kernel does not say whether a time service keeps the clock.")
        }
    }
}
