internal import Model

/// What can be had, in a few words.
extension Situation {
    func offer(of action: Action) -> Offer {
        if worker != nil, action != .restart, action != .signal {
            return Offer(action: action, means: "", unavailable: "it is done to the whole app: choose \(app)")
        }
        if worker == nil, action == .restart {
            return Offer(action: action, means: "", unavailable: "it is done to one worker; roll does all, one by one")
        }
        if action == .signal { return signalOffer() }
        do throws(Refusal) {
            let course = try course(of: action)
            return Offer(action: action, means: course.what == .none(.resume) ? resuming : Self.means(of: course))
        } catch {
            return Offer(action: action, means: "", unavailable: error == .noSuchRoll ? noRoll : error.sentence)
        }
    }

    /// Why the roll, or that there is none, does not take the order.
    private var noRoll: String {
        switch group.info.roll?.state {
        case nil: "\(app) has no roll"
        case .running?: "the roll runs"
        case .paused?: "the roll is paused already"
        case .failed?: "the roll has stopped already: it failed"
        case .finished?, .aborted?: "the roll is over"
        }
    }

    private var resuming: String {
        let left = group.info.roll.map { $0.total > $0.replaced ? $0.total - $0.replaced : 0 } ?? 0
        let go = "goes on, \(left) to go"
        return group.info.roll?.state == .failed ? go + ", with the one that failed first" : go
    }

    /// `.signal` is to be had when any of the signals is.
    private func signalOffer() -> Offer {
        do throws(Refusal) {
            _ = try signalTarget()
            var names: [String] = []
            for number in SignalNumber.allowed where isFree(number) { names.append(SignalNumber.name(number)) }
            return Offer(
                action: .signal,
                means: "to the \(worker == nil ? "master" : "worker"): " + names.joined(separator: ", "))
        } catch {
            return Offer(action: .signal, means: "", unavailable: error.sentence)
        }
    }

    private func isFree(_ number: UInt8) -> Bool {
        do throws(Refusal) {
            try refuse(number)
            return true
        } catch {
            return false
        }
    }

    private static func means(of course: Course) -> String {
        switch course.what {
        case .restart(let course): means(of: course)
        case .roll(let courses, let options):
            (courses.first.map { means(of: $0) } ?? "")
                + (options.maxUnavailable <= 1 ? ", one at a time" : ", \(options.maxUnavailable) at a time")
        case .act(let course):
            (course.steps.first.map { step in
                switch step {
                case .signal(let number): "\(SignalNumber.name(number)) to the \(course.role); "
                case .call: ""
                }
            } ?? "") + course.means
        case .none(.pause): "the worker under way ends, no further one is begun"
        case .none(.abort): "ends where it is; nobody further is begun"
        case .none(.hold): "nobody else acts on it for \(Holds.length.words)"
        case .none(.release): "the hold ends"
        case .none: ""
        }
    }

    private static func means(of course: RestartCourse) -> String {
        let departure =
            switch course.departure {
            case .signals(let polite, let final):
                "\(SignalNumber.name(polite)) to the worker"
                    + (final.map { ", \(SignalNumber.name($0)) after \(course.grace.words)" } ?? "")
            case .call(let call): call.text
            }
        let prelude = course.prelude.map { "\(SignalNumber.name($0.signal)), after \($0.wait.words) " } ?? ""
        return prelude + departure + (course.comeback.isEmpty ? "" : "; \(course.comeback)")
    }
}
