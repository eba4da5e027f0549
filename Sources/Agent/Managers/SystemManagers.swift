import Control
import Glibc
import Model

/// The managers of this machine: supervisord, systemd, PM2, docker and podman, and programs of the configuration.
///
/// Calls run on threads of their own. None of them takes a method name, path or command line from the wire.
struct SystemManagers: Managers {
    /// Where the managers' programs and sockets are; tests put others there.
    struct Places: Sendable {
        var systemctl = SystemctlCall.places
        var pm2 = PM2Call.programs
        var engines = EngineCall.sockets
        var podman = [EngineCall.podmanSocket]
        var procRoot = "/proc"
    }

    private let places: Places
    private let pool = CallPool()

    init(places: Places = Places()) { self.places = places }

    func perform(_ call: ManagerCall, limit: Duration) async -> ManagerAnswer {
        await perform(call, subject: nil, limit: limit)
    }

    func perform(_ call: ManagerCall, for subject: CallSubject, limit: Duration) async -> ManagerAnswer {
        await perform(call, subject: subject, limit: limit)
    }

    func check(_ check: ReadyCheck, strategy: AppStrategy?, pid: Int32, limit: Duration) async -> ManagerAnswer {
        let procRoot = places.procRoot
        return await pool.run(limit: limit) { deadline, reply in
            do throws(CallTrouble) {
                let trial = ReadyTrial(neighbour: try Neighbour(pid: pid, procRoot: procRoot))
                try trial.perform(check, strategy: strategy, by: deadline, reply: reply)
            } catch {
                reply(ManagerAnswer(error))
            }
        }
    }

    private func perform(_ call: ManagerCall, subject: CallSubject?, limit: Duration) async -> ManagerAnswer {
        let places = places
        return await pool.run(limit: limit) { deadline, reply in
            do throws(CallTrouble) {
                try Self.perform(call, subject: subject, places: places, by: deadline, reply: reply)
            } catch {
                reply(ManagerAnswer(error))
            }
        }
    }

    private static func perform(
        _ call: ManagerCall, subject: CallSubject?, places: Places, by deadline: Deadline, reply: CallReply
    ) throws(CallTrouble) {
        switch call {
        case .supervisord(let url, let process, let verb):
            let neighbour = try neighbour(of: subject, places)
            try SupervisordCall(url: url, process: process, subject: subject, neighbour: neighbour)
                .perform(verb, by: deadline, reply: reply)
        case .systemd(let unit, let user, let verb):
            let call = try SystemctlCall(unit: unit, user: user, verb, places: places.systemctl)
            try call.perform(by: deadline, reply: reply)
        case .pm2(let home, let owner, let id, let verb):
            var call = try PM2Call(home: home, owner: owner, id: id, neighbour: try neighbour(of: subject, places))
            call.programs = places.pm2
            try call.perform(verb, by: deadline, reply: reply)
        case .docker(let container, let verb):
            var call = try EngineCall(container: container, neighbour: try neighbour(of: subject, places))
            call.sockets = places.engines
            try call.perform(verb, by: deadline, reply: reply)
        case .podman(let container, let verb):
            var call = try EngineCall(container: container, neighbour: try neighbour(of: subject, places))
            call.sockets = places.podman
            try call.perform(verb, by: deadline, reply: reply)
        case .program(let words, let user):
            let program = Program(words: words, user: user)
            guard let end = try program.run(in: nil, by: deadline, onLate: { reply(.timedOut) }) else { return }
            reply(end.answer(of: words.first ?? ""))
        }
    }

    private static func neighbour(of subject: CallSubject?, _ places: Places) throws(CallTrouble) -> Neighbour? {
        guard let process = subject?.process else { return nil }
        return try Neighbour(pid: process.pid, startTicks: process.startTicks, procRoot: places.procRoot)
    }
}
