import Control
import Glibc
import Model
import ProcFS
import Synchronization

/// A pipe that a worker writes to, read by a master or manager: where what comes there is kept.
///
/// The reader is an ancestor of the worker that has the same pipe open. What it says of itself, and what the worker's
/// environment says, is a path only; a file is read where that very reader has it open for writing, and no other.
struct LogPipe {
    enum End {
        case file(OpenLog, how: String)
        case journal(how: String)
        /// What there is in place of a file, and why it cannot be read.
        case nowhere(String)
    }

    static let maximumAncestors = 8

    let inode: UInt64
    let stream: LogRequest.Stream
    let worker: LiveWorker
    let group: LiveGroup
    let process: Neighbour
    let procRoot: String
    let answers: ManagerAnswers
    let deadline: Deadline

    func end() -> End {
        guard let (reader, descriptors) = reader() else {
            return .nowhere("a pipe, and no process above the worker reads it")
        }
        let who = "pid \(reader.pid) (\(reader.name))"
        if let path = path(of: reader), let log = file(path, of: reader, descriptors) {
            return .file(log, how: "through \(who)")
        }
        let logs = descriptors.filter { LogSurvey.isLog($0.link) && $0.number > 2 }.compactMap { descriptor in
            reader.descriptor(descriptor.number)?.onlyAppends == true ? open(descriptor, of: reader) : nil
        }
        let identities = Set(logs.map(\.identity))
        if let log = logs.first, identities.count == 1 { return .file(log, how: "through \(who)") }
        // It may hand on what it reads.
        switch DescriptorEnd(stream == .errors ? 2 : 1, of: reader) {
        case .file(let log): return .file(log, how: "through \(who), with all that it writes")
        case .socket: return .journal(how: "through \(who)")
        case .pipe, .nowhere: break
        }
        if let engine = Self.engines[reader.name] {
            return .nowhere("a pipe of \(who); \(engine) keeps what comes there")
        }
        return .nowhere("a pipe of \(who); what it keeps of that is not known")
    }

    /// Where containers' streams end.
    private static let engines = ["containerd-shim": "the container engine", "conmon": "podman"]

    /// The nearest ancestor that holds the pipe to read from it.
    private func reader() -> (Neighbour, [Neighbour.Descriptor])? {
        let link = "pipe:[\(inode)]"
        for kin in process.kin().dropFirst().prefix(Self.maximumAncestors) {
            // Ended meanwhile.
            guard let ancestor = try? Neighbour(pid: kin.pid, procRoot: procRoot) else { continue }
            let descriptors = ancestor.descriptors()
            let reads = descriptors.contains { descriptor in
                descriptor.link == link && ancestor.descriptor(descriptor.number)?.isWritable == false
            }
            if reads { return (ancestor, descriptors) }
        }
        return nil
    }

    private func file(_ path: String, of reader: Neighbour, _ descriptors: [Neighbour.Descriptor]) -> OpenLog? {
        let exact = descriptors.filter { $0.link == path }
        // Where the path leads over symbolic links, its last part is the same.
        let name = path.split(separator: "/").last.map(String.init) ?? path
        let alike =
            exact.isEmpty ? descriptors.filter { $0.link.hasPrefix("/") && $0.link.hasSuffix("/\(name)") } : exact
        let logs = alike.compactMap { open($0, of: reader) }
        return Set(logs.map(\.identity)).count == 1 ? logs.first : nil
    }

    private func open(_ descriptor: Neighbour.Descriptor, of reader: Neighbour) -> OpenLog? {
        guard case .file(let log) = DescriptorEnd(descriptor.number, of: reader) else { return nil }
        return log
    }

    /// The path that a manager has for the stream; `nil` where nobody says.
    private func path(of reader: Neighbour) -> String? {
        let link = worker.link ?? group.link
        switch link?.manager.kind {
        case .supervisord?:
            guard let url = link?.address, let name = link?.manager.name else { return nil }
            let files = answers.files(of: worker.id, now: Clocks.monotonic()) { () throws(CallTrouble) in
                let subject = CallSubject(
                    process: ProcessRef(pid: worker.id.pid, startTicks: worker.id.startTicks), uid: worker.uid)
                let call = try SupervisordCall(url: url, process: name, subject: subject, neighbour: process)
                return try call.logFiles(by: .after(min(deadline.left, .seconds(2))))
            }
            return stream == .errors ? files?.errors ?? files?.output : files?.output
        case .pm2?:
            let values = process.environment(Self.pm2)
            let name = stream == .errors ? "pm_err_log_path" : "pm_out_log_path"
            return values["pm2_env.\(name)"] ?? values[name]
        default: return nil
        }
    }

    private static let pm2 = ProcessEnvironment.Wanted(
        names: ["pm_out_log_path", "pm_err_log_path"], object: "pm2_env",
        members: ["pm_out_log_path", "pm_err_log_path"])
}

/// Where supervisord keeps the streams of its processes, as it said; asked again after a while.
final class ManagerAnswers: Sendable {
    struct Files: Hashable, Sendable {
        var output: String?
        var errors: String?
    }

    static let patience = Duration.seconds(30)
    static let capacity = 256

    private let known = Mutex<[WorkerID: (files: Files?, at: MonotonicInstant)]>([:])

    /// `nil` where it does not say.
    func files(of worker: WorkerID, now: MonotonicInstant, _ ask: () throws(CallTrouble) -> Files) -> Files? {
        if let entry = known.withLock({ $0[worker] }), now - entry.at < Self.patience { return entry.files }
        // Why it does not answer is its own business: the pipe then leads nowhere that is known.
        let files = try? ask()
        known.withLock { known in
            if known.count >= Self.capacity { known = [:] }
            known[worker] = (files, now)
        }
        return files
    }
}
