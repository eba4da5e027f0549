import Control
import Discovery
import Glibc
import Model
import ProcFS
import Synchronization
import TestSupport

@testable import Agent

/// A real master with real workers: the demo's worker program.
final class Fleet {
    private let child: Child
    var master: pid_t { child.pid }

    init(_ arguments: String...) throws { child = try Child([Self.program()] + arguments) }

    /// With a shell above the master: `master` is the shell.
    init(belowAShell arguments: String...) throws {
        child = try Child(["/bin/sh", "-c", "\"$0\" \"$@\" & wait", Self.program()] + arguments)
    }

    /// Beside the tests' own program, which SwiftPM builds into the same directory.
    private static func program() throws -> String {
        let root = #filePath.split(separator: "/").dropLast(3).map { "/" + $0 }.joined()
        let beside = Swift.CommandLine.arguments[0].split(separator: "/", omittingEmptySubsequences: false).dropLast()
        let places = [beside.joined(separator: "/"), root + "/.build/debug", root + "/.build/release"]
        guard let place = places.first(where: { access($0 + "/looptop-demo-worker", X_OK) == 0 }) else {
            throw Strange(message: "looptop-demo-worker is in none of \(places); swift build --build-tests makes it")
        }
        return place + "/looptop-demo-worker"
    }

    /// Ends it and its workers, which end with it.
    func end() { child.reap() }
}

/// What a sampler said, in order.
final class Findings: Sendable {
    struct Exit: Sendable {
        var info: WorkerInfo
        var app: String
        var status: ExitStatus?
        var oomKilled: Bool
        var at: Moment
    }

    private struct State: Sendable {
        var snapshots: [Snapshot] = []
        var events: [Event.Body] = []
        var started: [WorkerInfo] = []
        var exits: [Exit] = []
        var ended: [WorkerID] = []
        var living: [LiveWorker] = []
        var groups: [LiveGroup] = []
        var warnings: [String] = []
    }

    private let state = Mutex(State())

    var snapshots: [Snapshot] { state.withLock { $0.snapshots } }
    /// All of them, in order.
    var events: [Event.Body] { state.withLock { $0.events } }
    var started: [WorkerInfo] { state.withLock { $0.started } }
    var exits: [Exit] { state.withLock { $0.exits } }
    /// As the command desk is told.
    var ended: [WorkerID] { state.withLock { $0.ended } }
    var living: [LiveWorker] { state.withLock { $0.living } }
    var groups: [LiveGroup] { state.withLock { $0.groups } }
    var warnings: [String] { state.withLock { $0.warnings } }

    func output(swept: @escaping @Sendable (UInt64) -> Void = { _ in }) -> SamplerOutput {
        SamplerOutput(
            snapshot: { new in self.state.withLock { $0.snapshots.append(new) } },
            event: { body, now in self.state.withLock { Self.note(body, at: now, in: &$0) } },
            exited: { worker, _ in self.state.withLock { $0.ended.append(worker) } },
            workers: { workers, groups, _ in
                self.state.withLock {
                    $0.living = workers
                    $0.groups = groups
                }
            },
            swept: { sequence, _ in swept(sequence) }, alive: {},
            warn: { text in self.state.withLock { $0.warnings.append(text) } })
    }

    private static func note(_ body: Event.Body, at now: Moment, in state: inout State) {
        state.events.append(body)
        switch body {
        case .workerStarted(let info, _), .workerFound(let info, _): state.started.append(info)
        case .workerExited(let place, let status, let oomKilled):
            guard let info = state.started.last(where: { $0.id == place.worker }) else { return }
            state.exits.append(Exit(info: info, app: place.app, status: status, oomKilled: oomKilled, at: now))
        default: break
        }
    }
}

/// A sampler that looks at one fleet, its findings, and how to drive it.
struct Watch {
    let fleet: Fleet
    let findings = Findings()
    let control: SamplerControl
    let sampler: Sampler

    init(
        _ fleet: Fleet, interval: Duration = .seconds(1), descriptors: UInt64 = 20_000, tasks: TaskIterator? = nil,
        swept: @escaping @Sendable (UInt64) -> Void = { _ in }
    ) throws {
        self.fleet = fleet
        control = try SamplerControl()
        let settings = SamplerSettings(
            boot: try ProcReader().bootID(), interval: interval,
            scope: Scope(underPID: fleet.master, excludedPIDs: Surroundings.agentAndAncestors()),
            ticksPerSecond: UInt32(sysconf(CInt(_SC_CLK_TCK))), descriptorLimit: descriptors)
        sampler = try Sampler(settings: settings, output: findings.output(swept: swept), control: control)
        sampler.tasks = tasks
    }

    /// Sweeps until the condition holds.
    func sweep(until what: String, _ condition: (Findings) -> Bool) throws {
        do {
            try wait(for: what) {
                sampler.sweep()
                return condition(findings)
            }
        } catch let strange as Strange {
            let seen = findings.snapshots.last.map { $0.workers.map { "\($0.info.groupKey)#\($0.info.slot)" } } ?? []
            throw Strange(message: "\(strange.message); seen \(seen), warned \(findings.warnings)")
        }
    }

    /// Sweeps until so many workers are watched in one group; then every one of them has said what it is.
    func settle(workers: Int) throws {
        try sweep(until: "\(workers) workers") {
            guard let last = $0.snapshots.last else { return false }
            return last.workers.count == workers && Set(last.workers.map(\.info.groupKey)).count == 1
        }
    }

    var last: Snapshot { findings.snapshots[findings.snapshots.count - 1] }
}

/// Looks every 10 ms, for at most a minute: a condition, not a duration, decides.
func wait(for what: String, _ condition: () throws -> Bool) throws {
    let deadline = Clocks.monotonic() + .seconds(60)
    while try !condition() {
        guard Clocks.monotonic() < deadline else { throw Strange(message: "waited in vain for \(what)") }
        usleep(10_000)
    }
}

/// The same, leaving the thread to other tests meanwhile: the pool has one a core.
func wait(for what: String, _ condition: () throws -> Bool) async throws {
    let deadline = Clocks.monotonic() + .seconds(60)
    while try !condition() {
        guard Clocks.monotonic() < deadline else { throw Strange(message: "waited in vain for \(what)") }
        try await Task.sleep(for: .milliseconds(10))
    }
}

/// The state letter of a process; `nil` when there is none.
func state(of pid: Int32) -> Character? {
    let reader = ProcReader()
    do {
        return Character(UnicodeScalar(try reader.processStat(of: try reader.processDirectory(pid)).state))
    } catch {
        return nil
    }
}
