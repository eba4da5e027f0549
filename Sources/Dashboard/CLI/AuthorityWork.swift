import Console
import Model
import Trust

/// What all of `looptop ca` do: ask the hosts, wait for them, show what they have.
struct AuthorityWork {
    let member: Membership
    private let targets: [Target]
    private let deadline: MonotonicInstant

    /// One connection tells of one certificate; to see the next takes another.
    private static let round = Duration.seconds(2)

    static func run(_ options: AuthorityOptions, _ body: (AuthorityWork) throws -> Void) throws {
        let store = try options.state.store()
        do {
            guard let member = try Membership(of: store) else {
                throw Output.failure(.configuration, "there is no fleet in \(store.directory)")
            }
            guard try !store.loadAuthorities().isEmpty else {
                throw Output.failure(
                    .configuration,
                    "the fleet's CA key is not in \(store.directory): run this where looptop init was run")
            }
            let targets = try store.loadHosts().entries.map { try $0.target() }
            try body(
                AuthorityWork(
                    member: member, targets: targets, deadline: Clocks.monotonic() + options.timeout.duration))
        } catch let error as TrustError {
            throw Output.failure(error)
        }
    }

    var isChanging: Bool { member.identity.authorities.count > 1 }
    /// The younger of two CAs issues.
    func isSwitched() throws(TrustError) -> Bool {
        let starts = try member.identity.authorities.map { der throws(TrustError) in try start(ofCertificate: der) }
        return starts.count > 1 && starts[0] > starts[1]
    }

    func knowsTheList(_ answer: AuthoritySurvey.Answer) -> Bool {
        guard case .told(let version, _) = answer else { return false }
        return version >= member.denyList?.version ?? 0
    }

    func hasNewCertificate(_ answer: AuthoritySurvey.Answer) -> Bool {
        guard case .told(_, let issuer) = answer, knowsTheList(answer) else { return false }
        return issuer == issuing
    }

    private var issuing: [UInt8] { hash(of: member.identity.authorities[0]) }

    /// Asks all hosts again and again until each is as wanted or does not answer, or time is over.
    func survey(until isWanted: (AuthoritySurvey.Answer) -> Bool) throws -> AuthoritySurvey {
        var survey = AuthoritySurvey(hosts: targets.count)
        while true {
            let asked = survey.open(isWanted)
            guard !asked.isEmpty, Clocks.monotonic() < deadline else { return survey }
            let session = try FleetSession(asked.map { targets[$0] }, membership: member)
            session.links.start()
            session.run(until: min(deadline, Clocks.monotonic() + Self.round)) { items, _, _ in
                for item in items { survey.handle(item.event, from: asked[item.host]) }
                return !survey.open(isWanted).isEmpty
            }
            session.links.shutdown()
        }
    }

    /// Refuses a step that some hosts are not ready for.
    func require(_ what: String, _ isWanted: (AuthoritySurvey.Answer) -> Bool) throws {
        let survey = try survey(until: isWanted)
        guard !survey.isAll(isWanted) else { return }
        printHosts(survey)
        throw Output.failure(
            .unreachable,
            "\(survey.lacking(isWanted)) of \(targets.count) hosts do not \(what): nothing was changed. "
                + "--force goes on without them")
    }

    /// Waits until all hosts are as wanted, and says how each is.
    func finish(_ what: String, _ isWanted: (AuthoritySurvey.Answer) -> Bool) throws {
        let survey = try survey(until: isWanted)
        printHosts(survey)
        guard !survey.isAll(isWanted) else { return }
        throw Output.failure(
            .unreachable,
            "\(survey.lacking(isWanted)) of \(targets.count) hosts do not \(what) yet: each does when a dashboard that "
                + "knows connects")
    }

    func printAuthorities() {
        for (place, der) in member.identity.authorities.enumerated() {
            let end: String
            do throws(TrustError) { end = Format.dateAndClock(try expiry(ofCertificate: der)).string } catch {
                continue
            }
            Output.data(
                "CA \(Fingerprint.text(hash(of: der))), valid to \(end): \(place == 0 ? "issues" : "counts")\n")
        }
    }

    func printHosts(_ survey: AuthoritySurvey) {
        guard !targets.isEmpty else { return }
        var table = TextTable([.left("HOST"), .left("DENY-LIST"), .left("CERTIFICATE")])
        for (target, answer) in zip(targets, survey.answers) {
            let cells: [SafeText] =
                switch answer {
                case .waiting: ["no answer in time"]
                case .failed(let reason): [SafeText(reason)]
                case .told(let version, let issuer):
                    [
                        knowsTheList(answer) ? "newest" : SafeText("older (\(version))"),
                        issuer == issuing ? "of the CA that issues" : "of the other CA",
                    ]
                }
            table.add([SafeText(target.label)] + cells)
        }
        Output.data(table.text)
    }

    /// The certificates of CAs here were read before.
    private func hash(of der: [UInt8]) -> [UInt8] {
        do throws(TrustError) { return try spkiHash(ofCertificate: der) } catch { return [] }
    }
}

/// What hosts tell of the deny-list and of their certificate. A value: whoever runs it hands in what the links tell.
struct AuthoritySurvey: Sendable {
    enum Answer: Hashable, Sendable {
        case waiting
        /// `issuer`: SHA-256 of the key of the CA that signed the host's certificate.
        case told(version: UInt64, issuer: [UInt8])
        case failed(String)
    }

    private(set) var answers: [Answer]

    init(hosts: Int) { answers = Array(repeating: .waiting, count: hosts) }

    /// Hosts that are not as wanted, and may still come to be.
    func open(_ isWanted: (Answer) -> Bool) -> [Int] {
        answers.indices.filter {
            if case .failed = answers[$0] { return false }
            return answers[$0] == .waiting || !isWanted(answers[$0])
        }
    }

    func isAll(_ isWanted: (Answer) -> Bool) -> Bool { lacking(isWanted) == 0 }

    func lacking(_ isWanted: (Answer) -> Bool) -> Int { answers.count { !isWanted($0) } }

    mutating func handle(_ event: LinkEvent, from host: Int) {
        guard answers.indices.contains(host) else { return }
        switch event {
        case .denyListVersion(let version, let issuer): answers[host] = .told(version: version, issuer: issuer)
        // What was told in an earlier round stays true.
        case .lost(let failure, _) where answers[host] == .waiting: answers[host] = .failed(failureText(failure))
        default: break
        }
    }
}
