import Logging
import Model

/// The audit log of a running agent: begun, or found as it was left, or not; what is wrong with it is told.
struct Auditing {
    let trail: AuditLog
    private let directory: String
    private let log: Logger

    /// - Parameter publish: to all subscribers; what is found before there can be any comes from `begin`.
    init(directory: String, log: Logger, publish: @escaping @Sendable (_ news: String) -> Void) {
        self.directory = directory
        self.log = log
        trail = AuditLog(directory: directory) { found in
            for text in found { log.critical("audit log: \(text)") }
            publish(Self.news(found))
        }
    }

    /// Before a host id is made in the directory.
    /// - Returns: what everybody should know of it; `nil` where it is as it was left.
    func begin() throws(Fatal) -> String? {
        let (found, failure) = trail.begin(at: try Self.now())
        for text in found.prefix(AuditMark.mostFound) { log.critical("audit log: \(text)") }
        if found.count > AuditMark.mostFound {
            let rest = "looptop-agent audit verify --state-dir \(directory)"
            log.critical("audit log: and \(found.count - AuditMark.mostFound) more faults: \(rest)")
        }
        if let failure {
            let file = "\(directory)/\(AuditLog.fileName)"
            log.error("\(file): \(reason(failure.errno)): no command is carried out until it can be written")
        }
        guard !found.isEmpty else { return nil }
        if failure == nil { log.critical("audit log: the break is recorded in it, and it goes on in a new segment") }
        return Self.news(found)
    }

    /// An agent that is enrolled before it ever ran. What an earlier one left is for `run` to judge.
    static func beginBeforeFirstRun(in directory: String) throws(Fatal) {
        let now = try now()
        do throws(AuditFailure) {
            guard try !AuditFolder(directory).wasUsed else { return }
            let (_, failure) = AuditLog(directory: directory).begin(at: now)
            if let failure { throw failure }
        } catch {
            throw Fatal(.ioError, "cannot begin \(directory)/\(AuditLog.fileName): \(reason(error.errno))")
        }
    }

    private static func now() throws(Fatal) -> AuditMark {
        let now = Clocks.now()
        return AuditMark(kind: .genesis, wall: now.wall, monotonic: now.monotonic, boot: try Surroundings.boot())
    }

    static func news(_ found: [String]) -> String {
        let rest = found.count > 1 ? " (and \(found.count - 1) more)" : ""
        return "the audit log is not as this agent wrote it: \(found.first ?? "")\(rest)"
    }
}
