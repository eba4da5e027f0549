import Console
import Model

/// A click, for telling whether the next one makes it a double click.
struct Click: Sendable {
    var target: Spot.Target?
    var row: Int
    var at: MonotonicInstant
    /// It was the second one of a double click.
    var isSecond: Bool
}

/// What the mouse does: nothing that keys do not.
extension UIState {
    static let doubleClick = Duration.milliseconds(500)
    static let wheelRows = 3

    /// - Parameter target: what the mouse was on, in the frame that was on the screen.
    mutating func point(
        _ mouse: Mouse, at target: Spot.Target?, _ fleet: inout Fleet, now: MonotonicInstant, wall: WallTime
    ) -> [UIEffect] {
        switch mouse.action {
        case .wheelUp: return turn(-1, &fleet, now: now, wall: wall)
        case .wheelDown: return turn(1, &fleet, now: now, wall: wall)
        case .click: break
        }
        let last = click
        let isSoon = last.map { now - $0.at <= Self.doubleClick } ?? false
        let isSecond = isSoon && last?.isSecond == false && last?.row == mouse.position.row
        click = Click(target: target, row: mouse.position.row, at: now, isSecond: isSecond)
        guard let target else { return [] }
        if dialog != nil {
            return answer(target, isSoon ? last : nil, isSecond, &fleet, now: now, wall: wall)
        }
        if case .key(let key) = target {
            return takesText ? [] : press(key, &fleet, now: now, wall: wall)
        }
        guard help == nil, prompt == nil, time.input == nil, filterEntry.problem == nil else { return [] }
        isFiltering = false
        switch target {
        case .column(let key): sort(byHead: key)
        case .tab(let tab): show(tab)
        case .place(let place): go(to: place)
        case .fleetRow, .hostRow:
            // The row may have moved on between the two clicks; it is the one that was clicked first.
            let first = isSecond ? last?.target : nil
            guard select(first ?? target) else { return [] }
            if first?.isRow == true { return carryOut(.open, &fleet, now: now, wall: wall) }
        case .key, .button, .choice: break
        }
        return []
    }

    /// In a dialog. What opened it may have been a click at this place, and so may the one that made it ask once more: a
    /// click that comes soon after another presses no button.
    private mutating func answer(
        _ target: Spot.Target, _ last: Click?, _ isSecond: Bool, _ fleet: inout Fleet, now: MonotonicInstant,
        wall: WallTime
    ) -> [UIEffect] {
        switch target {
        case .button(let key):
            return last == nil ? press(key, &fleet, now: now, wall: wall) : []
        case .choice(let index):
            guard var menu = dialog?.menu else { return [] }
            if isSecond, case .choice(let first)? = last?.target {
                menu.choose(first)
                dialog = .menu(menu)
                return press(.enter, &fleet, now: now, wall: wall)
            }
            menu.choose(index)
            dialog = .menu(menu)
            return []
        default: return []
        }
    }

    private mutating func turn(
        _ direction: Int, _ fleet: inout Fleet, now: MonotonicInstant, wall: WallTime
    ) -> [UIEffect] {
        if dialog != nil || help != nil || prompt != nil {
            let steps = dialog?.menu != nil || prompt != nil ? 1 : Self.wheelRows
            return (0..<steps).flatMap { _ in press(direction < 0 ? .up : .down, &fleet, now: now, wall: wall) }
        }
        let step = direction * Self.wheelRows
        if list == nil { move(step) } else { list?.scroll(by: step) }
        return []
    }

    private mutating func sort(byHead key: String) {
        guard let listOrders else { return }
        list?.sort(byHead: key, listOrders)
        noteOrder()
    }

    /// `false` for a row that is not there any more.
    private mutating func select(_ target: Spot.Target) -> Bool {
        switch (screen, target) {
        case (.fleet(var tabs), .fleetRow(let row)):
            guard tabs.view.select(row) else { return false }
            screen = .fleet(tabs)
        case (.host(let number, var view, let folded), .hostRow(let row)):
            guard view.select(row) else { return false }
            screen = .host(number, view, folded: folded)
        default: return false
        }
        return true
    }

    /// Back to where it is on the screen, or there anew.
    private mutating func go(to place: Breadcrumb.Place) {
        if place == .fleet, screens.count == 1 { return show(.hosts) }
        while pop() { if screen.place == place { return } }
        switch place {
        case .fleet: break
        case .host(let number): push(.host(number, HostView(), folded: []))
        case .app(let number, let key): push(.app(number, key, scroll: 0))
        case .worker(let number, let worker): push(.worker(number, worker, scroll: 0))
        }
    }
}

extension Screen {
    /// `nil` for what is no place of its own.
    fileprivate var place: Breadcrumb.Place? {
        switch self {
        case .host(let number, _, _): .host(number)
        case .app(let number, let key, _): .app(number, key)
        case .worker(let number, let worker, _): .worker(number, worker)
        case .fleet, .log, .agent, .compare: nil
        }
    }
}
