import Control
import FoundationEssentials
import Glibc
import Model
import ProcFS

/// One container of docker or podman, over the engine's socket.
struct EngineCall {
    /// docker's may be podman's under another name.
    static let sockets = ["/var/run/docker.sock", podmanSocket]
    static let podmanSocket = "/run/podman/podman.sock"
    /// How long a container may take to stop before it is killed: what `docker restart` gives it.
    static let patience = 10

    let container: String
    let neighbour: Neighbour?
    var sockets = Self.sockets

    init(container: String, neighbour: Neighbour?) throws(CallTrouble) {
        guard Self.isID(container) else { throw .failed("\(excerpt(container, limit: 80)) is no id of a container") }
        self.container = container
        self.neighbour = neighbour
    }

    /// All 64 digits: a name or the beginning of an id could be another container's by now.
    static func isID(_ text: String) -> Bool {
        text.utf8.count == 64
            && text.utf8.allSatisfy {
                (0x30...0x39).contains($0) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains($0)
            }
    }

    func perform(_ verb: ManagerCall.Verb, by deadline: Deadline, reply: CallReply) throws(CallTrouble) {
        guard verb != .reload else { throw .failed("a container engine has no reload: restart the container") }
        let socket = try find(verb, by: deadline)
        let query = verb == .start ? "" : "?t=\(Self.patience)"
        let answer = try ask(.post, "/containers/\(container)/\(verb.rawValue)\(query)", at: socket, by: deadline)
        switch answer.status {
        case 200...299, 304: reply(.done)  // 304: it is so already
        default: throw refusal(answer, at: socket)
        }
    }

    /// The engine that keeps the container, and with it the worker.
    private func find(_ verb: ManagerCall.Verb, by deadline: Deadline) throws(CallTrouble) -> String {
        var trouble = CallTrouble.failed("there is no engine at \(sockets.joined(separator: ", "))")
        for socket in sockets where access(socket, F_OK) == 0 {
            let answer = try ask(.get, "/containers/\(container)/json", at: socket, by: deadline)
            guard answer.status == 200 else {
                trouble = refusal(answer, at: socket)
                if answer.status == 404 { continue }
                throw trouble
            }
            if verb != .start { try check(answer.body, at: socket) }
            return socket
        }
        throw trouble
    }

    private struct Inspection: Decodable {
        struct State: Decodable {
            var pid: Int32
            enum CodingKeys: String, CodingKey { case pid = "Pid" }
        }
        var id: String
        var state: State
        enum CodingKeys: String, CodingKey {
            case id = "Id"
            case state = "State"
        }
    }

    /// The id was read from the worker's cgroup, whose name can be made up where cgroups are delegated.
    private func check(_ body: [UInt8], at socket: String) throws(CallTrouble) {
        // Whatever is wrong with it, it is not understood.
        guard let found = try? JSONDecoder().decode(Inspection.self, from: Data(body)), found.id == container else {
            throw .failed("the engine at \(socket): its answer is not understood")
        }
        guard let neighbour else { return }
        let first = found.state.pid
        // What `docker exec` started is no descendant of the first process, but of the same cgroup.
        guard first > 0, neighbour.descends(from: first) || isTogether(with: first) else {
            throw .failed("process \(neighbour.pid) is not in the container \(container.prefix(12))")
        }
    }

    private func isTogether(with pid: Int32) -> Bool {
        guard let theirs = neighbour?.file("cgroup", of: pid), let own = neighbour?.file("cgroup") else { return false }
        return !own.isEmpty && own == theirs
    }

    private func refusal(_ answer: (status: Int, body: [UInt8]), at socket: String) -> CallTrouble {
        struct Message: Decodable { var message: String }
        // Without a message the status has to do.
        let said = (try? JSONDecoder().decode(Message.self, from: Data(answer.body)))?.message
        return .failed("the engine at \(socket): \(said.map { excerpt($0) } ?? "HTTP status \(answer.status)")")
    }

    private func ask(
        _ method: HTTPExchange.Method, _ target: String, at socket: String, by deadline: Deadline
    ) throws(CallTrouble) -> (status: Int, body: [UInt8]) {
        do throws(CallTrouble) {
            let stream = try PeerStream(to: try UnixPlace.open(socket, below: nil), by: deadline)
            let owner = try stream.peer().uid
            guard owner == 0 || owner == geteuid() else { throw .failed("it is kept by user \(owner)") }
            return try HTTPExchange(method: method, target: target, host: "localhost").perform(
                over: stream, by: deadline)
        } catch .failed(let sentence) {
            throw .failed("the engine at \(socket): \(sentence)")
        }
    }
}
