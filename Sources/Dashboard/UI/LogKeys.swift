import Console
import Model

/// `l`, and the keys of the log's screen.
extension UIState {
    /// The log of what the keys are about here.
    mutating func openLog(_ fleet: Fleet, now: MonotonicInstant) {
        switch actee(fleet) {
        case .none: say("log: open a host with Enter and choose a worker or app first", now: now)
        case .apps(let app, let count):
            say("log: \(app) runs on \(count) hosts; open it and choose one, or: looptop logs app=\(app) -f", now: now)
        case .app(let host, let key): push(.log(LogView(host: host, groupKey: key, slot: nil)))
        case .worker(let host, let worker):
            guard let info = fleet.hosts[host].workers[worker]?.info else {
                return say("pid \(worker.pid) ended more than ten minutes ago", now: now)
            }
            push(.log(LogView(host: host, groupKey: info.groupKey, slot: info.slot)))
        }
    }

    mutating func pressInLog(_ intent: Intent, now: MonotonicInstant) {
        guard case .log(var view) = screen, let anatomy = Anatomy(size) else { return }
        let (rows, columns) = (anatomy.body.count, size.columns)
        switch intent {
        case .follow: view.toggleFollowing()
        case .wrap: view.wraps.toggle()
        case .context:
            if view.filter.isEmpty { say("type a filter with / first", now: now) }
            view.toggleContext()
        case .stream: view.nextStream()
        case .nextMatch, .previousMatch:
            if view.filter.isEmpty {
                say("type what to look for with / first", now: now)
            } else if !view.search(forward: intent == .nextMatch, rows: rows, columns: columns) {
                say("no \(intent == .nextMatch ? "later" : "earlier") line with that text here", now: now)
            }
        default: return
        }
        view.settle(rows: rows, columns: columns)
        screen = .log(view)
    }

    /// What is to be asked for the log on the screen.
    mutating func logEffects(_ fleet: Fleet, now: MonotonicInstant) -> [UIEffect] {
        guard case .log(var view) = screen, fleet.hosts.indices.contains(view.host),
            fleet.hosts[view.host].state.hasNumbers, let question = view.question(now: now)
        else { return [] }
        screen = .log(view)
        return [.ask(host: view.host, question)]
    }

    mutating func heardLog(
        _ answer: Answer.Body, to request: LogRequest, from number: Int, _ fleet: Fleet, now: MonotonicInstant
    ) {
        guard case .log(var view) = screen, view.host == number else { return }
        view.take(answer, to: request, of: fleet.hosts[number], now: now)
        screen = .log(view)
    }
}
