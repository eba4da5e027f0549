import Control
import Glibc
import ProcFS

/// One process of a supervisord, over XML-RPC: getProcessInfo, stopProcess and startProcess, and no other method.
struct SupervisordCall {
    /// Codes of supervisord's faults that are told from others.
    enum Fault {
        static let badName = 10
        static let alreadyStarted = 60
        static let notRunning = 70
    }

    /// How long a process that is slow to stop is waited for after the operator has their answer.
    static let aftercare = Duration.seconds(120)
    static let pause = Duration.milliseconds(500)

    private enum Method: String {
        case processInfo = "supervisor.getProcessInfo"
        case stop = "supervisor.stopProcess"
        case start = "supervisor.startProcess"
    }

    let address: SupervisordAddress
    let process: String
    let subject: CallSubject?
    /// Where the worker lives, when one does.
    let neighbour: Neighbour?

    init(url: String, process: String, subject: CallSubject?, neighbour: Neighbour?) throws(CallTrouble) {
        address = try SupervisordAddress(url)
        guard Self.isName(process) else {
            throw .failed("\(excerpt(process, limit: 80)) is no name of one process of supervisord")
        }
        self.process = process
        self.subject = subject
        self.neighbour = neighbour
    }

    /// `name` or `group:name`. What names a whole group (`group:`, `group:*`) is refused: supervisord would stop all of it.
    static func isName(_ text: String) -> Bool {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        return text.utf8.count <= 255 && parts.count <= 2
            && parts.allSatisfy { part in
                !part.isEmpty && part != "*" && part.unicodeScalars.allSatisfy { $0.value > 0x20 && $0.value != 0x7F }
            }
    }

    func perform(_ verb: ManagerCall.Verb, by deadline: Deadline, reply: CallReply) throws(CallTrouble) {
        guard verb != .reload else { throw .failed("supervisord has no reload of a process: restart it") }
        if verb != .start { try checkOwnership(by: deadline) }
        switch verb {
        case .start: try start(by: deadline)
        case .stop: try stop(by: deadline)
        case .restart, .reload: try restart(by: deadline, reply: reply)
        }
        reply(.done)
    }

    /// Where it keeps what the process writes; `nil` where it keeps nothing.
    func logFiles(by deadline: Deadline) throws(CallTrouble) -> ManagerAnswers.Files {
        guard case .record(let info) = try information(by: deadline) else {
            throw .failed("supervisord's answer about \(process) is not understood")
        }
        func path(_ member: String) -> String? {
            guard case .string(let path)? = info[member], path.hasPrefix("/") else { return nil }
            return path
        }
        return ManagerAnswers.Files(output: path("stdout_logfile"), errors: path("stderr_logfile"))
    }

    /// Between stop and start nothing may be given up: a process that is stopped stays so.
    private func restart(by deadline: Deadline, reply: CallReply) throws(CallTrouble) {
        do throws(CallTrouble) {
            try stop(by: deadline)
        } catch .timedOut {
            reply(.failed("supervisord still waits for \(process) to stop; it is told to start it again after that"))
            let late = Deadline.after(Self.aftercare)
            try waitUntilStopped(by: late)
            try start(by: late)
            return
        }
        if deadline.left < .seconds(1) {
            reply(.timedOut)
            try start(by: .after(Self.aftercare))
            return
        }
        try start(by: deadline, told: "stopped \(process), and ")
    }

    private func stop(by deadline: Deadline) throws(CallTrouble) {
        switch try ask(.stop, by: deadline) {
        case .value, .fault(Fault.notRunning, _): return
        case .fault(let code, let text): throw refusal(code, text)
        }
    }

    private func start(by deadline: Deadline, told: String = "") throws(CallTrouble) {
        switch try ask(.start, by: deadline) {
        case .value, .fault(Fault.alreadyStarted, _): return
        case .fault(let code, let text):
            // What it says of the reason is elsewhere; where that cannot be had, the fault alone has to do.
            let why: String
            if case .record(let info)? = try? information(by: deadline), case .string(let error)? = info["spawnerr"] {
                why = error.isEmpty ? "" : " (\(excerpt(error)))"
            } else {
                why = ""
            }
            throw .failed("supervisord \(told)cannot start it: \(sentence(code, text))\(why)")
        }
    }

    private func waitUntilStopped(by deadline: Deadline) throws(CallTrouble) {
        while true {
            // STOPPED, EXITED, FATAL: it lets it be started from there.
            if case .record(let info) = try information(by: deadline), case .number(let state)? = info["state"],
                [0, 100, 200].contains(state)
            {
                return
            }
            if deadline.isOver { throw .timedOut }
            deadline.pause(Self.pause)
        }
    }

    /// The process that supervisord calls so has to be the worker or an ancestor of it.
    private func checkOwnership(by deadline: Deadline) throws(CallTrouble) {
        guard case .record(let info) = try information(by: deadline), case .number(let number)? = info["pid"],
            let pid = Int32(exactly: number)
        else { throw .failed("supervisord's answer about \(process) is not understood") }
        guard let neighbour else { return }
        guard pid > 0, neighbour.descends(fromInnermost: pid) else {
            let which = pid > 0 ? "is process \(pid)" : "does not run"
            throw .failed(
                "\(process) of the supervisord at \(address.text) \(which): process \(neighbour.pid) is not its own")
        }
    }

    private func information(by deadline: Deadline) throws(CallTrouble) -> XMLRPCValue {
        switch try ask(.processInfo, by: deadline) {
        case .value(let value): return value
        case .fault(let code, let text): throw refusal(code, text)
        }
    }

    private func refusal(_ code: Int, _ text: String) -> CallTrouble {
        code == Fault.badName
            ? .failed("the supervisord at \(address.text) knows no process \(process)")
            : .failed("supervisord refuses: \(sentence(code, text))")
    }

    private func sentence(_ code: Int, _ text: String) -> String { "\(excerpt(text)) (fault \(code))" }

    private func ask(_ method: Method, by deadline: Deadline) throws(CallTrouble) -> XMLRPCAnswer {
        var parameters: [XMLRPCValue] = [.string(process)]
        if method != .processInfo { parameters.append(.bool(true)) }  // answer when it is done
        let exchange = HTTPExchange(
            method: .post, target: "/RPC2", host: "localhost", body: XMLRPCAnswer.call(method.rawValue, parameters),
            contentType: "text/xml")
        do throws(CallTrouble) {
            let stream = try connect(by: deadline)
            let answer = try exchange.perform(over: stream, by: deadline)
            switch answer.status {
            case 200: break
            case 401, 403: throw .failed("it wants a user name and password, which the agent does not have")
            default: throw .failed("it answers \(method.rawValue) with HTTP status \(answer.status)")
            }
            guard let parsed = XMLRPCAnswer(parsing: answer.body) else {
                throw .failed("its answer to \(method.rawValue) is not understood")
            }
            return parsed
        } catch .failed(let sentence) {
            throw .failed("the supervisord at \(address.text): \(sentence)")
        }
    }

    private func connect(by deadline: Deadline) throws(CallTrouble) -> PeerStream {
        switch address {
        case .unix(let path):
            let root = neighbour?.foreignRoot()
            let stream = try PeerStream(to: try UnixPlace.open(path, below: root), by: deadline)
            let owner = try stream.peer().uid
            guard owner == 0 || owner == subject?.uid ?? geteuid() else {
                throw .failed("its socket is kept by user \(owner), who is neither root nor the app's own")
            }
            return stream
        case .tcp(let addresses, let port):
            guard let neighbour else {
                return try PeerStream.connect(toAny: addresses, port: port, in: nil, by: deadline)
            }
            switch neighbour.network() {
            case .ours: return try PeerStream.connect(toAny: addresses, port: port, in: nil, by: deadline)
            case .theirs(let door): return try PeerStream.connect(toAny: addresses, port: port, in: door, by: deadline)
            case .closed: throw .failed("it is in another network, which the agent may not enter")
            }
        }
    }
}
