import Console
import Model
import Trust

/// What all of `looptop ca` do: ask the hosts, wait for them, show what they have.
struct AuthorityWork {
    let member: Membership
    let directory: String
    private let targets: [Target]
    private let deadline: MonotonicInstant

    /// One connection tells of one certificate; to see the next takes another.
    private static let round = Duration.seconds(2)

    static func run(_ options: AuthorityOptions, _ body: (AuthorityWork) throws -> Void) throws {
        let store = try options.state.store()
        do {
            guard let member = try Membership(of: store) else {
                throw Output.failure(.configuration, store.noFleet)
            }
            guard try !store.loadAuthorities().isEmpty else {
                throw Output.failure(.configuration, store.noAuthorityKey)
            }
            let targets = try store.loadHosts().entries.map { try $0.target() }
            try body(
                AuthorityWork(
                    member: member, directory: store.directory, targets: targets,
                    deadline: Clocks.monotonic() + options.timeout.duration))
        } catch let error as TrustError {
            throw Output.failure(error)
        }
    }

    var hosts: Int { targets.count }

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

    /// Refuses a step that some hosts are not ready for; `what` is what they lack.
    ///
    /// - Returns: the names of those, where it is taken all the same.
    @discardableResult
    func require(
        _ what: String, isForced: Bool = false, _ isWanted: (AuthoritySurvey.Answer) -> Bool
    ) throws -> [String] {
        let survey = try survey(until: isWanted)
        let lacking = survey.lacking(isWanted).map { targets[$0].label }
        guard !lacking.isEmpty, !isForced else { return lacking }
        printHosts(survey)
        throw Output.failure(
            .unreachable,
            "nothing was changed: \(Self.list(lacking)) \(what). --force goes on without them")
    }

    /// What was done; waits until all hosts are as wanted, and says how each is, and what is to be done `next`.
    ///
    /// - Parameter lost: hosts that cannot learn of it any more.
    func finish(
        _ done: String, _ list: DenyList, leavingOut lost: [String] = [],
        next: String = "",
        _ isWanted: (AuthoritySurvey.Answer) -> Bool
    ) throws {
        Output.data("\(done) (deny-list \(list.version))\n")
        printAuthorities(try member.authorityStage())
        let survey = try survey(until: isWanted)
        printHosts(survey)
        for line in next.split(separator: "\n") { Output.note(String(line)) }
        guard lost.isEmpty else {
            throw Output.failure(
                .unreachable,
                "not reached from here any more: \(Self.list(lost)). They trust the first CA as before, and whoever has its "
                    + "key: stop their agents, and enrol them again (looptop-agent init --reset, looptop enroll)")
        }
        let late = survey.lacking(isWanted).map { targets[$0].label }
        guard late.isEmpty else {
            throw Output.failure(
                .unreachable, "not there yet: \(Self.list(late)). Each is as soon as looptop connects to it")
        }
    }

    private static func list(_ names: [String]) -> String {
        let shown = names.prefix(8).joined(separator: ", ")
        return SafeText(names.count > 8 ? "\(shown) and \(names.count - 8) more" : shown).string
    }

    func printAuthorities(_ stage: Membership.AuthorityStage) {
        let names =
            switch stage {
            case .steady: [""]
            case .begun: ["first ", "second "]
            case .switched: ["second ", "first "]
            }
        for (place, (name, der)) in zip(names, member.identity.authorities).enumerated() {
            let end: String
            do throws(TrustError) { end = Format.dateAndClock(try expiry(ofCertificate: der)).string } catch {
                continue
            }
            let state = place == 0 ? "issues" : "counts"
            Output.data("\(name)CA \(Fingerprint.text(hash(of: der))), valid to \(end): \(state)\n")
        }
    }

    func printHosts(_ survey: AuthoritySurvey) {
        guard !targets.isEmpty else { return }
        var table = TextTable([.left("HOST"), .left("DENY-LIST"), .left("CERTIFICATE")])
        for (target, answer) in zip(targets, survey.answers) {
            let cells: [SafeText] =
                switch answer {
                case .waiting: ["?", "no answer in time"]
                case .failed(let reason): ["?", SafeText(reason)]
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

    func lacking(_ isWanted: (Answer) -> Bool) -> [Int] { answers.indices.filter { !isWanted(answers[$0]) } }

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
