import Control
import Glibc
import Model
import ProcFS

@testable import Agent

/// A worker that logs to a file, and does what signals tell it: HUP opens the file anew, USR1 writes a line.
final class LogWorker: Sendable {
    static let script = """
        import itertools, os, signal, sys, time
        path, name = sys.argv[1:3]
        numbers = itertools.count(1)
        def reopen(*_):
            file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            os.dup2(file, 1)
            os.dup2(file, 2)
            os.close(file)
            os.write(1, b"%s opened\\n" % name.encode())
        signal.signal(signal.SIGHUP, reopen)
        signal.signal(signal.SIGUSR1, lambda *_: os.write(1, b"%s line %d\\n" % (name.encode(), next(numbers))))
        reopen()
        while True: time.sleep(1000)
        """

    let folder: Folder
    let path: String
    let process: Started

    init(_ name: String = "web", in folder: Folder = Folder(), log: String = "app.log") async throws {
        self.folder = folder
        path = folder.path + "/" + log
        let script = try folder.write("worker.py", Self.script)
        process = try Started(["/usr/bin/python3", script, path, name])
        try await holds("\(name) opened\n")
    }

    /// Until its file ends with that.
    func holds(_ end: String) async throws {
        try await until("\(path) ends with \(end)") { [path] in contents(of: path)?.hasSuffix(end) ?? false }
    }

    /// Has it write a line, and waits for that.
    func write(_ line: String) async throws {
        process.send(SIGUSR1)
        try await holds(line + "\n")
    }

    func live(slot: UInt32 = 1, groupKey: String = "web", link: ManagerLink? = nil) throws -> LiveWorker {
        try Self.live(process.pid, slot: slot, groupKey: groupKey, link: link)
    }

    static let boot = BootID(high: 7, low: 7)

    static func live(
        _ pid: pid_t, slot: UInt32 = 1, groupKey: String = "web", link: ManagerLink? = nil
    ) throws -> LiveWorker {
        guard let reference = Started.reference(to: pid) else { throw Started.Strange(message: "\(pid) has ended") }
        return LiveWorker(
            id: WorkerID(boot: boot, pid: pid, startTicks: reference.startTicks), groupKey: groupKey, app: groupKey,
            slot: slot, link: link, seen: MonotonicInstant(nanoseconds: 0))
    }
}

/// Pages of logs as a reader gets them, one after the other.
final class LogReading {
    let shelf = LogShelf()
    let answers = ManagerAnswers()
    var request: LogRequest
    var group: LiveGroup
    private(set) var page = LogPage(sources: [])

    init(_ request: LogRequest, kind: GroupKind = .single, link: ManagerLink? = nil) {
        self.request = request
        group = LiveGroup(info: GroupInfo(key: request.groupKey, app: request.groupKey, kind: kind), link: link)
    }

    /// The next page; texts of its lines, remarks in brackets.
    @discardableResult func next(_ workers: [LiveWorker]) -> [String] {
        let order = LogOrder(
            group: group, workers: workers.filter { request.slot == nil || $0.slot == request.slot },
            others: workers.filter { request.slot != nil && $0.slot != request.slot }, ended: [])
        var maker = LogPageMaker(
            request, order,
            LogPageMaker.Setting(
                boot: LogWorker.boot, now: Clocks.now(), deadline: .after(.seconds(10)), shelf: shelf,
                answers: answers, journal: []))
        page = maker.page()
        request.cursor = page.cursor
        return page.lines.map { $0.isRemark ? "[\($0.text)]" : $0.text }
    }

    var sources: [String] { page.sources.map(\.text) }
}
