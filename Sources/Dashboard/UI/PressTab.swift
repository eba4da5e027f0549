import Model

/// From list to list, and from their rows to what they stand for.
extension UIState {
    /// Another list of the same part of the fleet: on the screen of a host those of that host, of an app those of that app.
    mutating func show(_ tab: FleetTabs.Tab) {
        switch screen {
        case .fleet(var tabs):
            tabs.tab = tab
            screen = .fleet(tabs)
        case .host(let number, let view, _):
            var tabs = FleetTabs(tab, scope: FleetTabs.Scope(host: number))
            tabs.filter = view.filter
            push(.fleet(tabs))
        case .app(let number, _, _), .worker(let number, _, _), .agent(let number, _):
            push(.fleet(FleetTabs(tab, scope: FleetTabs.Scope(host: number))))
        case .compare: push(.fleet(FleetTabs(tab)))
        case .log(let view): push(.fleet(FleetTabs(tab, scope: FleetTabs.Scope(host: view.host))))
        }
    }

    /// The list of hosts of one host would say nothing: the key means all, wherever it is pressed.
    mutating func showAllHosts() {
        guard case .fleet(let tabs) = screen, tabs.scope == FleetTabs.Scope() else {
            return push(.fleet(FleetTabs(.hosts)))
        }
        show(.hosts)
    }

    mutating func stepTab(_ step: Int) {
        guard case .fleet(let tabs) = screen else { return }
        show(tabs.tab.next(step))
    }

    mutating func open(
        _ row: FleetRowID, of scope: FleetTabs.Scope, _ fleet: Fleet, now: MonotonicInstant, wall: WallTime
    ) {
        switch row {
        case .host(let number): push(.host(number, HostView(), folded: []))
        case .worker(let number, let worker): push(.worker(number, worker, scroll: 0))
        case .roll(let number, let key): push(.app(number, key, scroll: 0))
        case .app(let name):
            guard let app = FleetRows(fleet: fleet, scope: scope, now: now, wall: wall).app(name) else { return }
            if app.parts.count == 1, let part = app.parts.first {
                push(.app(part.number, part.key, scroll: 0))
            } else {
                push(.fleet(FleetTabs(.workers, scope: FleetTabs.Scope(host: scope.host, app: name))))
            }
        case .alert(let id, _):
            switch id.place {
            case .host(let number): push(.host(number, HostView(), folded: []))
            case .app(let number, let key): push(.app(number, key, scroll: 0))
            case .worker(let number, let worker):
                let isKnown = fleet.hosts[number].workers[worker] != nil
                push(isKnown ? .worker(number, worker, scroll: 0) : .host(number, HostView(), folded: []))
            }
        case .event(let number, let serial):
            guard let entry = fleet.hosts[number].log.first(where: { $0.serial == serial }) else { return }
            let worker = entry.worker.flatMap { fleet.hosts[number].workers[$0] == nil ? nil : $0 }
            push(worker.map { .worker(number, $0, scroll: 0) } ?? .host(number, HostView(), folded: []))
        }
    }
}

extension LogEntry {
    /// Whom it is about.
    fileprivate var worker: WorkerID? {
        guard case .agent(let event) = body else { return nil }
        switch event {
        case .workerStarted(let info, _), .workerFound(let info, _): return info.id
        case .workerExited(let place, _, _), .hung(let place), .hungEnded(let place, _): return place.worker
        case .commandEnded(let outcome):
            if case .worker(let worker) = outcome.target { return worker }
            return nil
        default: return nil
        }
    }
}
