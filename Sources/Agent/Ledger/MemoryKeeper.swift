import FoundationEssentials
import Model
import Synchronization
import Trust

/// Keeps `KeptMemory` in the state directory: reads what the run before this one left, and writes what this one will leave.
///
/// The sampler hands over and goes on; a task writes, what changed at once and else once a minute, so that the next run knows
/// when this one was heard of last. A disk that is stuck holds up nobody but that task.
final class MemoryKeeper: Sendable {
    /// How often it is written though nothing changed.
    static let pause = Duration.seconds(60)

    struct State: Sendable {
        var memory: KeptMemory
        /// `KeptGroup.steady` of what the file holds.
        var written: [KeptGroup]?
        var writtenAt: MonotonicInstant?
        var faults = 0

        /// Whether groups are to be written now.
        func isDue(_ groups: [KeptGroup], at now: MonotonicInstant) -> Bool {
            guard let written, let writtenAt else { return true }
            return now - writtenAt >= MemoryKeeper.pause || groups.map(\.steady) != written
        }
    }

    /// What the run before this one left; `nil` where there is nothing to be read.
    let earlier: KeptMemory?
    private let file: StateFile
    private let state: Mutex<State>
    private let warn: @Sendable (String) -> Void
    private let news: AsyncStream<Void>.Continuation
    private let newest = Mutex<[KeptGroup]?>(nil)
    private let writer: Mutex<Task<Void, Never>?>

    /// - Parameter scope: what this run watches, in words.
    init(
        directory: String, boot: BootID, scope: String, version: String, now: WallTime,
        warn: @escaping @Sendable (String) -> Void
    ) {
        file = StateFile(KeptMemory.fileName, in: directory)
        self.warn = warn
        earlier = Self.read(file, warn: warn)
        let run = KeptMemory.Run(version: version, began: now.nanoseconds, heard: now.nanoseconds)
        // As the run before this one left it, until something else is known.
        let groups = earlier.flatMap { $0.scope == scope ? $0.groups : nil } ?? []
        state = Mutex(State(memory: KeptMemory(boot: boot.hex, scope: scope, run: run, groups: groups)))
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        news = continuation
        writer = Mutex(nil)
        let task = Task { [weak self] in
            for await _ in stream { self?.write(isLast: false) }
        }
        writer.withLock { $0 = task }
    }

    /// The groups of the run before this one, where it watched the same.
    var groups: [KeptGroup] {
        guard let earlier, earlier.scope == scope else { return [] }
        return earlier.groups
    }

    var isSameBoot: Bool { earlier?.boot == state.withLock { $0.memory.boot } }

    private var scope: String { state.withLock { $0.memory.scope } }

    /// How the run before this one ended.
    var previous: RunEnd? {
        guard let earlier else { return nil }
        if let stopped = earlier.run.stopped { return RunEnd(.stopped, at: WallTime(nanoseconds: stopped)) }
        return RunEnd(isSameBoot ? .died : .machineRestarted, at: WallTime(nanoseconds: earlier.run.heard))
    }

    /// From the sampler's thread: does not wait.
    func keep(_ groups: [KeptGroup]) {
        newest.withLock { $0 = groups }
        news.yield()
    }

    /// The run ends: what was handed over last is written, with when.
    func stop() {
        news.finish()
        writer.withLock { $0?.cancel() }
        write(isLast: true)
    }

    private func write(isLast: Bool) {
        state.withLock { state in
            if state.memory.run.stopped != nil { return }
            let now = Clocks.now()
            // What nobody has handed over yet is as the run before this one left it.
            let groups = newest.withLock { $0 } ?? state.memory.groups
            guard isLast || state.isDue(groups, at: now.monotonic) else { return }
            state.memory.groups = groups
            state.memory.run.heard = now.wall.nanoseconds
            state.memory.run.stopped = isLast ? now.wall.nanoseconds : nil
            state.writtenAt = now.monotonic
            do {
                try file.write(JSONBuffer(state.memory).bytes)
                state.written = groups.map(\.steady)
                state.faults = 0
            } catch {
                state.faults += 1
                // Each minute again, and told once.
                if state.faults == 1 { warn("what is to outlive this run cannot be written: \(Self.words(error))") }
            }
        }
    }

    /// Where in the file a decoder stopped helps nobody: it is written by the agent alone.
    private static func words(_ error: any Error) -> String {
        switch error {
        case let error as TrustError: error.sentence
        case is DecodingError: "it is damaged, or of another version; what outlived earlier runs begins anew"
        default: "\(error)"
        }
    }

    /// A file that cannot be read is as good as none: the agent finds out anew.
    private static func read(_ file: StateFile, warn: (String) -> Void) -> KeptMemory? {
        do {
            guard let bytes = try file.read() else { return nil }
            let memory = try JSONDecoder().decode(KeptMemory.self, from: Data(bytes))
            return memory.schema == KeptMemory.schema ? memory : nil
        } catch {
            warn("\(file.directory)/\(file.name) is not used: \(words(error))")
            return nil
        }
    }
}
