import ArgumentParser
import Console
import Model

/// `looptop actions SELECTOR`: what can be done, and what not and why.
struct Actions: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Say what can be done to workers or apps, how it would be done, and why not.")

    @Argument(help: ActOptions.selectorHelp)
    var selector: String
    @OptionGroup var ask: AskOptions

    mutating func run() throws {
        let ofWorkers = try Filter(target: selector).interest == .workers
        let (listing, session) = try ask.choose(ofWorkers ? .workers : .apps, selector)
        var questions: [Question] = []
        if listing.kind == .workers {
            for worker in listing.workers {
                questions.append(
                    Question(worker.host, listing.label(of: worker), .offers(.worker(worker.track.info.id))))
            }
        } else {
            for app in listing.apps {
                guard let target = listing.target(of: app) else { continue }
                questions.append(Question(app.host, listing.label(of: app), .offers(target)))
            }
        }
        try ask.put(questions, to: listing, in: session) { question, answer, _ in
            guard case .offers(let offers, let experience) = answer else { return }
            Output.data("\(question.label.string)\n")
            for offer in offers where offer.action.isShown {
                let text = offer.unavailable.map { "no: \($0)" } ?? offer.means
                Output.data("  " + offer.action.word.padded(to: 8) + SafeText(text).string + "\n")
            }
            if let text = experience.text { Output.data("  \(text)\n") }
        }
    }
}

/// Something asked of a host.
struct Question {
    var host: Int
    var label: SafeText
    var body: Query.Body

    init(_ host: Int, _ label: SafeText, _ body: Query.Body) {
        self.host = host
        self.label = label
        self.body = body
    }
}

/// What commands take that only ask.
struct AskOptions: ParsableArguments {
    @Option(help: ArgumentHelp("How long to wait for hosts, and then for answers.", valueName: "time"))
    var timeout = TimeLimit(seconds: 10)

    @OptionGroup var hosts: NamedHostOptions

    func choose(_ kind: Listing.Kind, _ text: String?) throws -> (Listing, FleetSession) {
        try choose(kind, try Filter(option: text), text ?? "*")
    }

    func choose(
        _ kind: Listing.Kind, _ filter: Filter, _ text: String, withWorkers: Bool = false
    ) throws -> (Listing, FleetSession) {
        let (targets, membership) = try hosts.fleet()
        let session = try FleetSession(targets, membership: membership)
        let listing = try session.choose(
            kind, filter, text, withWorkers: withWorkers, limit: timeout.duration)
        return (listing, session)
    }

    /// Asks one after the other, at most as many at a time as an agent answers, and hands over each answer.
    func put(
        _ questions: [Question], to listing: Listing, in session: FleetSession,
        _ body: (Question, Answer.Body, FleetHost) -> Void
    ) throws {
        var status = CommandStatus.done
        for question in questions {
            var answer: Answer.Body?
            session.links.ask(question.body, of: question.host)
            session.run(until: Clocks.monotonic() + timeout.duration) { items, _, _ in
                for item in items where item.host == question.host {
                    if case .answer(question.body, let told) = item.event { answer = told }
                }
                return answer == nil
            }
            switch answer {
            case .unknown(let reason)?:
                Output.note("\(question.label.string): \(reason)")
                status = .failed
            case let told?: body(question, told, listing.fleet.hosts[question.host])
            case nil:
                Output.note("\(question.label.string): no answer in time")
                status = .timedOut
            }
        }
        if status != .done { throw ExitCode(status.rawValue) }
    }
}

extension String {
    func padded(to width: Int) -> String { self + String(repeating: " ", count: max(1, width - count)) }
}
