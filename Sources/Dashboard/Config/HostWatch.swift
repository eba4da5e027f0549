import Glibc
import Model
import Synchronization

/// Asks the sources of hosts again while the dashboard is open. What is new waits to be taken; a host that a source names no
/// more stays, because a host must not vanish from the screen just when it does.
final class HostWatch: Sendable {
    typealias Ask = @Sendable (HostEntry) throws(HostSource.Problem) -> (entries: [HostEntry], holds: Duration?)

    /// What is asked, and when next; `nil` never again.
    private struct Source {
        let entry: HostEntry
        var due: MonotonicInstant?
    }

    private struct Content {
        var sources: [Source]
        var known: Set<Endpoint>
        var news: [Target] = []
    }

    /// After a failure; what was known stays.
    static let retry = Duration.seconds(30)
    /// More hosts than that are never added.
    static let most = HostFinder.most

    private let context: HostContext?
    private let list: TargetList
    private let ask: Ask
    private let content: Mutex<Content>

    /// `nil` where no source has to be asked again. All were asked just now.
    init?(
        _ entries: [HostEntry], in context: HostContext?, list: TargetList, known: [Target],
        now: MonotonicInstant = Clocks.monotonic(),
        ask: @escaping Ask = { (entry) throws(HostSource.Problem) in try HostFinder().ask(entry) }
    ) {
        let asked = entries.filter { entry in
            // What is no source ended the command before.
            switch try? HostSource(parsing: entry.source) {
            case .file(let path)?: path != "-"
            case .discovery?, .service?, .command?: true
            case .addresses?, .socket?, .ssh?, .enrolled?, .local?, nil: false
            }
        }
        guard !asked.isEmpty else { return nil }
        self.context = context
        self.list = list
        self.ask = ask
        // How long the first answers hold is not kept: they are asked once more, soon.
        let first = now + .seconds(5)
        content = Mutex(
            Content(
                sources: asked.map { Source(entry: $0, due: first) }, known: Set(known.map(\.endpoint))))
    }

    /// Begins to ask, in a thread of its own that ends with the process. Without a thread the hosts stay as they are.
    func start() {
        _ = detachThread("hosts") { self.run() }
    }

    /// Hosts that were found since this was called last.
    func take() -> [Target] {
        content.withLock { content in
            defer { content.news = [] }
            return content.news
        }
    }

    private func run() {
        while let next = next {
            let wait = (next - Clocks.monotonic()).nanoseconds
            if wait > 0 { poll(nil, 0, CInt(clamping: wait / 1_000_000 + 1)) }  // EINTR only looks sooner
            askDue(now: Clocks.monotonic())
        }
    }

    /// When something has to be asked; `nil` never.
    private var next: MonotonicInstant? { content.withLock { $0.sources.compactMap(\.due).min() } }

    /// Asks each source whose time has come, one after the other; blocks.
    func askDue(now: MonotonicInstant) {
        let due = content.withLock { content in
            content.sources.indices.filter { content.sources[$0].due.map { $0 <= now } ?? false }
                .map { (number: $0, entry: content.sources[$0].entry) }
        }
        for (number, entry) in due {
            do throws(HostSource.Problem) {
                let (entries, holds) = try ask(entry)
                let targets = try list.targets(of: entries, in: context)
                content.withLock { content in
                    content.sources[number].due = holds.map { now + $0 }
                    for target in targets where content.known.count < Self.most {
                        if content.known.insert(target.endpoint).inserted { content.news.append(target) }
                    }
                }
            } catch {
                // Nobody reads stderr now; what was known stays, and it is asked again.
                content.withLock { $0.sources[number].due = now + Self.retry }
            }
        }
    }
}
