import Control
import Glibc
import Model
import ProcFS

/// One try to find out whether a group serves, in the network of one of its workers where that may be entered.
struct ReadyTrial {
    private let neighbour: Neighbour
    /// Leads into the worker's network; `nil` where we ask from our own.
    private let door: SharedFD?
    /// The worker has another network than ours, and we may not enter it.
    private let isOutside: Bool

    init(neighbour: Neighbour) {
        self.neighbour = neighbour
        switch neighbour.network() {
        case .ours:
            door = nil
            isOutside = false
        case .theirs(let door):
            self.door = door
            isOutside = false
        case .closed:
            door = nil
            isOutside = true
        }
    }

    func perform(
        _ check: ReadyCheck, strategy: AppStrategy?, by deadline: Deadline, reply: CallReply
    ) throws(CallTrouble) {
        do throws(CallTrouble) {
            switch check {
            case .tcp(let port):
                _ = try connect(port, by: deadline)
                reply(.done)
            case .http(let port, let path):
                try ask(port, path, by: deadline)
                reply(.done)
            case .configured: try run(strategy, by: deadline, reply: reply)
            }
        } catch .failed(let sentence) {
            let place = isOutside ? " (asked in the agent's network: the worker's may not be entered)" : ""
            throw .failed(sentence + place)
        }
    }

    private func connect(_ port: UInt16, by deadline: Deadline) throws(CallTrouble) -> PeerStream {
        guard port > 0 else { throw .failed("0 is no port") }
        do throws(CallTrouble) {
            return try PeerStream.connect(toAny: [.loopback4, .loopback6], port: port, in: door, by: deadline)
        } catch .failed {
            do throws(CallTrouble) {
                return try PeerStream.connect(toAny: addresses(of: port), port: port, in: door, by: deadline)
            } catch .failed(let sentence) {
                throw .failed("port \(port) \(sentence)")
            }
        }
    }

    /// The addresses on which somebody in the worker's network listens to the port.
    private func addresses(of port: UInt16) -> [HostAddress] {
        ["net/tcp", "net/tcp6"].flatMap { name in
            ListeningAddresses.parse(neighbour.file(name) ?? [], port: port).filter { !$0.isAny }
        }
    }

    private func ask(_ port: UInt16, _ path: String, by deadline: Deadline) throws(CallTrouble) {
        guard HTTPExchange.isTarget(path) else { throw .failed("\(excerpt(path, limit: 120)) is no path to ask for") }
        let stream = try connect(port, by: deadline)
        let status: Int
        do throws(CallTrouble) {
            let exchange = HTTPExchange(method: .get, target: path, host: "localhost:\(port)")
            status = try exchange.perform(over: stream, statusOnly: true, by: deadline).status
        } catch .failed(let sentence) {
            throw .failed("GET \(path) on port \(port): \(sentence)")
        }
        guard (200..<400).contains(status) else { throw .failed("GET \(path) on port \(port): status \(status)") }
    }

    private func run(
        _ strategy: AppStrategy?, by deadline: Deadline, reply: CallReply
    ) throws(CallTrouble) {
        guard let words = strategy?.readyCommand, let name = words.first else {
            throw .failed("the agent's configuration names no ready command for this app")
        }
        let pid = "\(neighbour.pid)"
        let program = Program(
            words: words.map { $0 == "{pid}" ? pid : $0 }, user: strategy?.runAs, environment: ["LOOPTOP_PID": pid])
        guard let end = try program.run(in: door, by: deadline, onLate: { reply(.timedOut) }) else { return }
        reply(end.answer(of: name))
    }
}
