import Console
import Glibc
import Model

/// The dashboard's main thread: waits for keys, signals, links and time; updates; draws what changed.
///
/// Whatever ends it, the terminal is given back before it returns.
struct MainLoop: ~Copyable {
    private let terminal: CursesTerminal
    private let signals: SignalDescriptor
    private let links: FleetLinks
    private var fleet: Fleet
    private var state: UIState
    private var pacing: Pacing
    /// Set when it is time to go: what the process exits with.
    private var exitCode: Int32?
    /// The SIGCONT that ends a stop of ours is still to be read.
    private var continues = false

    init(terminal: CursesTerminal, signals: SignalDescriptor, links: FleetLinks, places: [HostPlace]) {
        self.terminal = terminal
        self.signals = signals
        self.links = links
        fleet = Fleet(places: places)
        state = UIState(size: terminal.size, hosts: places.count)
        pacing = Pacing(now: Clocks.monotonic())
    }

    deinit { terminal.restore() }

    /// Returns the exit code.
    mutating func run() -> Int32 {
        links.start()
        defer {
            terminal.restore()
            links.shutdown()
        }
        while true {
            draw()
            let isTerminalGone = wait()
            // Signals first: somebody who wants us gone must not wait behind a flood of events.
            while let signal = signals.next() { handle(signal: signal) }
            for item in links.mailbox.takeAll() { handle(.link(host: item.host, item.event)) }
            while exitCode == nil, let key = terminal.nextKey() { handle(key: key) }
            if isTerminalGone { exitCode = exitCode ?? 128 + SIGHUP }
            if pacing.takeResize(now: Clocks.monotonic()) {
                terminal.resized()
                handle(.resize(terminal.size))
            }
            if pacing.takeTick(now: Clocks.monotonic()) { handle(.tick) }
            if let exitCode { return exitCode }
        }
    }

    private mutating func draw() {
        guard pacing.takeFrame(now: Clocks.monotonic()) else { return }
        terminal.draw(
            render(
                state, fleet: fleet, size: terminal.size, glyphs: terminal.glyphs, now: Clocks.monotonic(),
                wall: Clocks.wall()))
    }

    /// Until there is something to do; whether the terminal is gone.
    private func wait() -> Bool {
        let now = Clocks.monotonic()
        var descriptors = [STDIN_FILENO, signals.descriptor]
        if pacing.opensMail(now: now) { descriptors.append(links.mailbox.descriptor) }
        var polled = descriptors.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        // EINTR and errors leave `revents` as they were: nothing.
        guard poll(&polled, nfds_t(polled.count), pacing.timeout(now: now)) > 0 else { return false }
        return polled[0].revents & Int16(POLLHUP | POLLERR | POLLNVAL) != 0
    }

    private mutating func handle(key: Key) {
        // Raw mode hands Ctrl-Z over as a key; stopping is about the terminal, which is ours.
        if key == .control("z") { return suspend(withGroup: true) }
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
            pacing.changed()
        default: exitCode = exitCode ?? 128 + signal
        }
    }

    private mutating func handle(_ event: UIEvent) {
        let effects = update(&state, fleet: &fleet, event: event, now: Clocks.monotonic(), wall: Clocks.wall())
        pacing.changed()
        for effect in effects {
            switch effect {
            case .issue(let host, let command): links.issue(command, to: host)
            case .ask(let host, let question): links.ask(question, of: host)
            case .interest(let host, let interest): links.want(interest, from: host)
            case .look(let host, let worker): links.look(at: worker, on: host)
            case .reconnect(let host): links.dial(host)
            case .redraw: terminal.redraw()
            case .quit: exitCode = exitCode ?? 0
            }
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
