import Control
import Model

/// Apps as a host would know them, for the playbook.
struct App {
    var group: LiveGroup
    var workers: [LiveWorker]
    var experience = Experience()

    /// - Parameters:
    ///   - link: who keeps the master, or all workers.
    ///   - own: who keeps each worker itself.
    init(
        _ kind: GroupKind, master: Int32? = 100, count: Int = 3, respawn: Respawn = .master, link: ManagerLink? = nil,
        own: (Int) -> ManagerLink? = { _ in nil }, version: String? = nil, arguments: [String] = [],
        rule: AppStrategy? = nil, expected: UInt32? = nil
    ) {
        let ref = master.map { ProcessRef(pid: $0, startTicks: 50) }
        group = LiveGroup(
            info: GroupInfo(
                key: "web", app: "shop", kind: kind, master: ref, manager: link?.manager, respawn: respawn,
                expected: expected),
            link: link, uid: 33, serverVersion: version, masterArguments: arguments, rule: rule)
        workers = (0..<count).map { index in
            LiveWorker(
                id: worker(Int32(10 + index), ticks: UInt64(300 - index * 10)), groupKey: "web", app: "shop",
                slot: UInt32(index + 1), uid: 33, link: own(index), seen: at(0))
        }
    }

    func plan(
        _ action: Action, worker: Int? = nil, warned: Bool = true,
        _ change: (inout CommandParameters) -> Void = { _ in }
    ) -> Result<Course, Refusal> {
        var parameters = CommandParameters(warned: warned)
        change(&parameters)
        let target: CommandTarget =
            if let worker { .worker(workers[worker].id) } else {
                .group(GroupTarget(boot: boot, key: "web", master: group.info.master))
            }
        let command = Command(id: CommandID(high: 1, low: 2), action: action, target: target, parameters: parameters)
        return Playbook.plan(
            command, group: group, worker: worker.map { workers[$0] }, workers: workers, experience: experience)
    }

    /// What a restart of one of its workers comes to, in a line.
    func restart(worker: Int = 0) -> String { plan(.restart, worker: worker).line }

    func offers(worker: Int? = nil) -> [Offer] {
        Playbook.offers(
            group: group, worker: worker.map { workers[$0] }, workers: workers, experience: experience)
    }
}

extension Result<Course, Refusal> {
    /// Steps, reach and warnings, or the reason why there are none: short enough for a table.
    var line: String {
        switch self {
        case .failure(let refusal): "no: \(refusal.text)"
        case .success(let course):
            course.plan.steps.map(\.line).joined(separator: ", ") + (course.warnings.isEmpty ? "" : " !")
        }
    }

    var course: Course? { try? get() }
    var warnings: String { course?.warnings.joined(separator: "; ") ?? "" }
}

extension PlanStep {
    var line: String {
        switch deed {
        case .signal(let number): "\(SignalNumber.name(number)) \(process.map { "\($0.pid)" } ?? "-")"
        case .call(let text): text
        }
    }
}

extension Refusal {
    var text: String {
        switch self {
        case .unsuited(let why), .warning(let why): why
        default: "\(self)"
        }
    }
}

func systemd(_ unit: String = "web.service", isMain: Bool = true, user: String? = nil) -> ManagerLink {
    ManagerLink(manager: Manager(kind: .systemd, name: unit), address: user, isMain: isMain)
}

func supervisord(_ name: String, url: String? = "unix:///run/supervisor.sock") -> ManagerLink {
    ManagerLink(manager: Manager(kind: .supervisord, name: name), address: url, isMain: true)
}

func pm2(_ id: Int) -> ManagerLink {
    ManagerLink(manager: Manager(kind: .pm2, name: "\(id)"), address: "/home/web/.pm2", isMain: true)
}

func keeper(_ kind: Manager.Kind, _ name: String, isMain: Bool = true) -> ManagerLink {
    ManagerLink(manager: Manager(kind: kind, name: name), isMain: isMain)
}

let container = String(repeating: "ab", count: 32)
