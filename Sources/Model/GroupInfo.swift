/// A process within one boot: a pid alone can be somebody else by the time it is read.
public struct ProcessRef: Hashable, Comparable, Sendable {
    public var pid: Int32
    /// Clock ticks after boot at which it started.
    public var startTicks: UInt64

    public init(pid: Int32, startTicks: UInt64) {
        self.pid = pid
        self.startTicks = startTicks
    }

    public static func < (left: Self, right: Self) -> Bool {
        (left.pid, left.startTicks) < (right.pid, right.startTicks)
    }
}

/// How a group was recognised. The raw value is its number on the wire: never reused.
public enum GroupKind: UInt8, Sendable, CaseIterable {
    /// A process alone in its group.
    case single = 0
    /// Like children of one parent, kind of master unknown.
    case prefork = 1
    case nodeCluster = 2
    case gunicorn = 3
    case nginx = 4
    case pm2 = 5
    case strongSupervisor = 6
    case uvicorn = 7
    case puma = 8
    case unicorn = 9
    case phpFPM = 10
    case uwsgi = 11
    case celery = 12
    case sidekiq = 13
    case passenger = 14
    case postgres = 15
    case redis = 16
    /// Instances that one manager keeps under one name: children of supervisord, circus or process-compose, instances
    /// of a systemd template, containers of one pod.
    case managed = 17
    /// Like processes of no common parent: same cgroup, executable, arguments but for digits, and user.
    case alike = 18

    /// As a person reads it.
    public var word: String {
        switch self {
        case .single: "single"
        case .prefork: "prefork"
        case .nodeCluster: "node cluster"
        case .gunicorn: "gunicorn"
        case .nginx: "nginx"
        case .pm2: "pm2"
        case .strongSupervisor: "strong-supervisor"
        case .uvicorn: "uvicorn"
        case .puma: "puma"
        case .unicorn: "unicorn"
        case .phpFPM: "php-fpm"
        case .uwsgi: "uwsgi"
        case .celery: "celery"
        case .sidekiq: "sidekiq"
        case .passenger: "passenger"
        case .postgres: "postgres"
        case .redis: "redis"
        case .managed: "managed"
        case .alike: "alike"
        }
    }
}

/// Who starts and stops a process from outside its own tree of workers.
public struct Manager: Hashable, Sendable {
    /// The raw value is its number on the wire: never reused.
    public enum Kind: UInt8, Sendable, CaseIterable {
        case systemd = 1
        case supervisord = 2
        case pm2 = 3
        case circus = 4
        case processCompose = 5
        case docker = 6
        case containerd = 7
        case podman = 8
        case kubernetes = 9
        case strongSupervisor = 10
        case passenger = 11

        /// As a person reads it.
        public var word: String {
            switch self {
            case .systemd: "systemd"
            case .supervisord: "supervisord"
            case .pm2: "pm2"
            case .circus: "circus"
            case .processCompose: "process-compose"
            case .docker: "docker"
            case .containerd: "containerd"
            case .podman: "podman"
            case .kubernetes: "kubernetes"
            case .strongSupervisor: "strong-supervisor"
            case .passenger: "passenger"
            }
        }
    }

    public var kind: Kind
    /// What the manager calls it: `web.service`, `group:name`, a PM2 id, a container id. Hostile until drawn through
    /// `SafeText`.
    public var name: String

    public init(kind: Kind, name: String) {
        self.kind = kind
        self.name = name
    }
}

/// Workers under one master or of one name; shown as *app*.
public struct GroupInfo: Hashable, Sendable {
    /// Stable across restarts of workers and of their master, unique on its host.
    public var key: String
    /// What a person calls it. Hostile until drawn through `SafeText`.
    public var app: String
    public var kind: GroupKind
    /// The process that starts the workers, where there is one.
    public var master: ProcessRef?
    /// Who keeps the master, or the workers where they have none; `nil` where nobody is known.
    public var manager: Manager?
    /// TCP ports the group listens on, ascending.
    public var ports: [UInt16]
    /// What is known to start a worker again when it ends.
    public var respawn: Respawn
    /// How many workers it should have: the most it had for 10 s since its master started or its size was set, or what
    /// the configuration says; `nil` where it never settled.
    public var expected: UInt32?
    /// Since when it has fewer than that, on the agent's wall clock; `nil` where it has not.
    public var missingSince: WallTime?
    /// A process that holds a port of this group and does not belong to it.
    public var orphan: PortOrphan?
    /// The roll that is under way, paused or ended last (until another begins, or for an hour).
    public var roll: RollSummary?

    public init(
        key: String, app: String, kind: GroupKind, master: ProcessRef? = nil, manager: Manager? = nil,
        ports: [UInt16] = [], respawn: Respawn = .nothingKnown, expected: UInt32? = nil, missingSince: WallTime? = nil,
        orphan: PortOrphan? = nil, roll: RollSummary? = nil
    ) {
        self.key = key
        self.app = app
        self.kind = kind
        self.master = master
        self.manager = manager
        self.ports = ports
        self.respawn = respawn
        self.expected = expected
        self.missingSince = missingSince
        self.orphan = orphan
        self.roll = roll
    }

    public var masterPID: Int32? { master?.pid }
}

/// A process that holds a listening socket of a group without being of it: left over from an earlier master, so that it
/// takes connections nobody looks after, or keeps a new master from its port.
public struct PortOrphan: Hashable, Sendable {
    public var process: ProcessRef
    public var port: UInt16

    public init(process: ProcessRef, port: UInt16) {
        self.process = process
        self.port = port
    }
}

/// Who brings a worker back, as far as is known. The raw value is its number on the wire: never reused.
public enum Respawn: UInt8, Sendable, CaseIterable {
    /// Nothing is known to start it again.
    case nothingKnown = 0
    /// A master whose kind always replaces its workers (gunicorn, nginx).
    case master = 1
    /// A parent that may replace it; only seen when tried (node:cluster, unknown prefork).
    case parentMay = 2
    /// Its manager starts it again (supervisord, systemd with `Restart=`, PM2, a container engine), where it is told to.
    case manager = 3
    /// A master that is known not to replace its workers (uvicorn before 0.30).
    case never = 4
}
