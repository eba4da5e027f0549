import Console
import Glibc
import Model

/// The dashboard's main thread: waits for keys, signals, links and time; updates; draws what changed.
///
/// Whatever ends it, the terminal is given back before it returns.
struct MainLoop: ~Copyable {
    private let terminal: any Display
    private let signals: SignalDescriptor
    private let links: FleetLinks
    private let watch: HostWatch?
    private let limits: [AppLimits]
    private var fleet: Fleet
    private var state: UIState
    private var pacing: Pacing
    private let notice: AlertNotice
    /// Of the frame on the screen.
    private var spots: [Spot] = []
    /// What was taken from the mailbox and not taken in yet.
    private var mail: ArraySlice<MailQueue.Item> = []
    /// Set when it is time to go: what the process exits with.
    private var exitCode: Int32?
    /// The SIGCONT that ends a stop of ours is still to be read.
    private var continues = false

    /// - Parameter time: of a recording, to which nothing is linked.
    init(
        terminal: any Display, signals: SignalDescriptor, links: FleetLinks, places: [HostPlace],
        watch: HostWatch? = nil, alerts: AlertSettings, keys: KeyTable, columns: ColumnChoices,
        orders: [ScreenKind: ListOrder] = [:], time: TimeTravel = TimeTravel()
    ) {
        self.terminal = terminal
        self.signals = signals
        self.links = links
        self.watch = watch
        limits = alerts.limits
        notice = alerts.notice
        fleet = Fleet(places: places, limits: alerts.limits)
        state = UIState(
            size: terminal.size, hosts: places.count, rules: alerts.rules, keys: keys, columns: columns, orders: orders)
        state.time = time
        pacing = Pacing(now: Clocks.monotonic())
    }

    deinit { terminal.restore() }

    /// What was changed about lists by now.
    var choices: (columns: ColumnChoices, orders: [ScreenKind: ListOrder]) { (state.columns, state.orders) }

    /// On the message line, for who has just opened it.
    mutating func say(_ problem: String) {
        state.say(problem, .warn, for: .seconds(30), now: Clocks.monotonic())
    }

    /// Returns the exit code.
    mutating func run() -> Int32 {
        links.start()
        watch?.start()
        defer {
            terminal.restore()
            links.shutdown()
        }
        while true {
            draw()
            let isTerminalGone = wait()
            // Signals first: somebody who wants us gone must not wait behind a flood of events.
            while let signal = signals.next() { handle(signal: signal) }
            while exitCode == nil, let key = terminal.nextKey() { handle(key: key) }
            takeMail()
            if isTerminalGone { exitCode = exitCode ?? 128 + SIGHUP }
            if pacing.takeResize(now: Clocks.monotonic()) {
                terminal.resized()
                spots = []
                handle(.resize(terminal.size))
            }
            if pacing.takeTick(now: Clocks.monotonic()) {
                addHosts()
                handle(.tick, .background)
            }
            // What is live comes first: a host whose samples wait here would look as if it sent none.
            if state.time.isBuilding, mail.isEmpty { handle(.work, .answer) }
            if let exitCode { return exitCode }
        }
    }

    /// Hosts that a list names now and did not name before.
    private mutating func addHosts() {
        guard let targets = watch?.take(), !targets.isEmpty else { return }
        fleet.add(targets.map { FleetHost(place: $0.place, limits: limits) })
        links.add(targets)
    }

    private mutating func draw() {
        let now = Clocks.monotonic()
        guard let drawing = pacing.drawing(now: now) else { return }
        let wall = Clocks.wall()
        if drawing == .everything, state.isUnsettled { perform(state.settle(fleet, now: now, wall: wall)) }
        let rendering = render(
            state, fleet: fleet, size: terminal.size, glyphs: terminal.glyphs, now: now, wall: wall)
        spots = rendering.spots
        terminal.show(rendering, now: now)
        // From the end on: a terminal that takes long gets fewer.
        pacing.drew(drawing, now: Clocks.monotonic())
    }

    /// As much as a few milliseconds allow: a key must not wait until all of a thousand hosts is taken in.
    private mutating func takeMail() {
        let began = Clocks.monotonic()
        guard pacing.opensMail(now: began) else { return }
        if mail.isEmpty { mail = links.mailbox.takeAll()[...] }
        guard !mail.isEmpty else { return }
        var now = began
        while let item = mail.popFirst() {
            handle(.link(host: item.host, item.event), item.event.isAnswer ? .answer : .background)
            now = Clocks.monotonic()
            if now - began >= Self.mailTime { break }
        }
        if mail.isEmpty { mail = [] }  // a slice keeps all it was cut from
        pacing.openedMail(now: now, isEmpty: mail.isEmpty)
    }

    private static let mailTime = Duration.milliseconds(8)

    /// Until there is something to do; whether the terminal is gone.
    private func wait() -> Bool {
        let now = Clocks.monotonic()
        var descriptors = [terminal.input, signals.descriptor]
        if pacing.opensMail(now: now) { descriptors.append(links.mailbox.descriptor) }
        var polled = descriptors.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        // EINTR and errors leave `revents` as they were: nothing.
        let timeout = state.time.isBuilding ? 0 : pacing.timeout(now: now, hasMail: !mail.isEmpty)
        guard poll(&polled, nfds_t(polled.count), timeout) > 0 else { return false }
        return terminal.endsWithInput && polled[0].revents & Int16(POLLHUP | POLLERR | POLLNVAL) != 0
    }

    private mutating func handle(key: Key) {
        // Raw mode hands Ctrl-Z over as a key; stopping is about the terminal, which is ours.
        if key == .control("z") { return suspend(withGroup: true) }
        if case .mouse(let mouse) = key { return handle(.mouse(mouse, on: spots.target(at: mouse.position))) }
        handle(.key(key))
    }

    private mutating func handle(signal: CInt) {
        switch signal {
        case SIGWINCH: pacing.resized(now: Clocks.monotonic())
        case SIGTSTP: suspend(withGroup: false)
        case SIGCONT:
            // Stopped by somebody else, we left the terminal as it was; whoever had it meanwhile did not.
            if !continues {
                terminal.suspend()
                terminal.resume()
            }
            continues = false
            pacing.resized(now: Clocks.monotonic())
            pacing.changed(.answer)
        default: exitCode = exitCode ?? 128 + signal
        }
    }

    private mutating func handle(_ event: UIEvent, _ change: Pacing.Change = .key) {
        let effects = update(&state, fleet: &fleet, event: event, now: Clocks.monotonic(), wall: Clocks.wall())
        pacing.changed(change)
        perform(effects)
    }

    private mutating func perform(_ effects: [UIEffect]) {
        for effect in effects {
            switch effect {
            case .issue(let host, let command): links.issue(command, to: host)
            case .ask(let host, let question): links.ask(question, of: host)
            case .interest(let host, let interest): links.want(interest, from: host)
            case .look(let host, let worker): links.look(at: worker, on: host)
            case .reconnect(let host): links.dial(host)
            case .copy(let text):
                do throws(CopyRefusal) { try terminal.copy(text) } catch {
                    state.heard(error, now: Clocks.monotonic())
                }
            case .mouse(let isOurs): terminal.mouse = isOurs
            case .redraw: terminal.redraw()
            case .notify(let text): notify(text)
            case .quit: exitCode = exitCode ?? 0
            }
        }
    }

    private func notify(_ text: String) {
        switch notice {
        case .off: break
        case .bell: terminal.ring()
        case .osc9: terminal.notify(SafeText(text))
        }
    }

    /// Lends the terminal to the shell until SIGCONT. The links live on in their thread only while we run: an agent may
    /// close them meanwhile, and then they are dialled again.
    private mutating func suspend(withGroup: Bool) {
        terminal.suspend()
        signals.stop(withGroup: withGroup)
        continues = true
        terminal.resume()
        handle(.resize(terminal.size))
    }
}
