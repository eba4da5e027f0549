import CLinux
import Control
import Glibc
import Model
import ProcFS

/// One process of a PM2 daemon, over its RPC socket: four methods and no other.
///
/// The daemon has to run as the app's user and to be the worker's ancestor. Where no daemon listens, `pm2` is not run: it
/// would start a second daemon. It is run, as the app's user, where the daemon does not know the method.
struct PM2Call {
    static let programs = ["/usr/local/bin/pm2", "/usr/bin/pm2"]
    /// For how long a reload of PM2's own holds its lock.
    static let lockAge = Duration.seconds(30)

    let home: String
    let owner: UInt32
    let id: UInt32
    /// Where the worker lives, when one does.
    let neighbour: Neighbour?
    var programs = Self.programs

    init(home: String, owner: UInt32, id: String, neighbour: Neighbour?) throws(CallTrouble) {
        guard home.hasPrefix("/") else { throw .failed("\(excerpt(home, limit: 120)) is no home of PM2") }
        guard (1...9).contains(id.utf8.count), id.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let number = UInt32(id)
        else { throw .failed("\(excerpt(id, limit: 40)) is no id of a process of PM2") }
        self.home = home
        self.owner = owner
        self.id = number
        self.neighbour = neighbour
    }

    func perform(_ verb: ManagerCall.Verb, by deadline: Deadline, reply: CallReply) throws(CallTrouble) {
        let root = neighbour?.foreignRoot()
        if verb == .restart || verb == .reload { try checkLock(below: root) }
        switch try ask(verb, below: root, by: deadline) {
        case .done: reply(.done)
        case .error(let text) where verb == .start && text.contains("already"): reply(.done)
        case .error(let text) where text.contains("does not exist") && root == nil:
            try runProgram(verb, instead: text, by: deadline, reply: reply)
        case .error(let text): throw .failed("PM2 refuses: \(excerpt(text))")
        }
    }

    private func ask(
        _ verb: ManagerCall.Verb, below root: SharedFD?, by deadline: Deadline
    ) throws(CallTrouble) -> AxonAnswer {
        let (method, arguments) =
            switch verb {
            case .restart: ("restartProcessId", "{\"id\":\(id)}")
            case .reload: ("reloadProcessId", "{\"id\":\(id)}")
            case .stop: ("stopProcessId", "\(id)")
            case .start: ("startProcessId", "\(id)")
            }
        do throws(CallTrouble) {
            let stream = try PeerStream(to: try UnixPlace.open("\(home)/rpc.sock", below: root), by: deadline)
            try check(stream.peer())
            try stream.send(AxonMessage.call(method, arguments, id: "looptop:0"), by: deadline)
            var reader = AxonReader()
            while !reader.isDone {
                let bytes = try stream.receive(by: deadline)
                if bytes.isEmpty { reader.end() } else { reader.take(bytes) }
            }
            if case .wrong(let sentence) = reader.state { throw .failed(sentence) }
            guard reader.arguments.last.map({ $0.elementsEqual("s:looptop:0".utf8) }) == true,
                let answer = reader.arguments.first.flatMap({ AxonAnswer(parsing: $0) })
            else { throw .failed("its answer is not understood") }
            return answer
        } catch .failed(let sentence) {
            throw .failed("PM2 (\(excerpt(home, limit: 120))): \(sentence)")
        }
    }

    private func check(_ peer: (pid: Int32?, uid: UInt32)) throws(CallTrouble) {
        guard peer.uid == owner else {
            throw .failed("its socket is kept by user \(peer.uid), and the app is of user \(owner)")
        }
        guard let neighbour else { return }
        guard let pid = peer.pid, neighbour.descends(from: pid) else {
            throw .failed("process \(neighbour.pid) was not started by the daemon that listens there")
        }
    }

    /// PM2's own client reloads under this lock: two reloads of one app at a time would take it down.
    private func checkLock(below root: SharedFD?) throws(CallTrouble) {
        // Where it cannot be read, nobody holds it.
        guard
            let file = try? UnixPlace.file(
                "\(home)/reload.lock", below: root, flags: O_RDONLY | O_NONBLOCK | O_NOFOLLOW)
        else { return }
        var status = stat()
        guard fstat(file.raw, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return }
        var digits = [UInt8](repeating: 0, count: 16)
        let count = read(file.raw, &digits, digits.count)
        guard count > 0, let since = Int64(String(decoding: digits.prefix(count), as: UTF8.self)) else { return }
        let age = Clocks.wall().nanoseconds / 1_000_000 - since
        guard abs(age) < Self.lockAge.nanoseconds / 1_000_000 else { return }
        throw .failed("a reload of PM2's own is under way (\(home)/reload.lock): try again in half a minute")
    }

    private func runProgram(
        _ verb: ManagerCall.Verb, instead text: String, by deadline: Deadline, reply: CallReply
    ) throws(CallTrouble) {
        guard let path = programs.first(where: Self.isTrusted) else {
            throw .failed("PM2 refuses: \(excerpt(text)); and there is no pm2 at \(programs.joined(separator: " or "))")
        }
        let program = Program(
            words: [path, verb.rawValue, "\(id)"], user: owner, environment: ["PM2_HOME": home, "NO_COLOR": "1"])
        guard let end = try program.run(in: nil, by: deadline, onLate: { reply(.timedOut) }) else { return }
        reply(end.answer(of: "pm2"))
    }

    /// A file of root's that nobody else may change.
    static func isTrusted(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG && status.st_uid == 0
            && status.st_mode & 0o022 == 0 && access(path, X_OK) == 0
    }
}
