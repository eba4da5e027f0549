public import Model

/// What there is in the place of a worker that nobody replaced.
public struct Remains: Hashable, Sendable {
    /// It is dead and nobody has reaped it.
    public var isZombie: Bool
    /// Somebody else holds a port of its group.
    public var orphan: PortOrphan?
    /// The process that had to start a new one has ended too.
    public var master: MasterEnd?
    /// Workers of its group that live.
    public var workers: UInt32

    public init(isZombie: Bool = false, orphan: PortOrphan? = nil, master: MasterEnd? = nil, workers: UInt32 = 0) {
        self.isZombie = isZombie
        self.orphan = orphan
        self.master = master
        self.workers = workers
    }
}

/// How a master ended while a worker of it was restarted.
public struct MasterEnd: Hashable, Sendable {
    public var kind: GroupKind
    /// `nil` where nobody told.
    public var status: ExitStatus?

    public init(kind: GroupKind, status: ExitStatus?) {
        self.kind = kind
        self.status = status
    }

    /// `its master is gone (code 3: a new worker did not start), and 0 of 4 workers live`
    func sentence(living: UInt32, of before: Int) -> String {
        let how = status.map { " (\($0.words)\(reason))" } ?? ""
        return "its master is gone\(how), and \(living) of \(before) workers live"
    }

    /// gunicorn ends itself with the code of the worker. Source: `Arbiter.reap_workers`, `WORKER_BOOT_ERROR` and
    /// `APP_LOAD_ERROR` of gunicorn/arbiter.py.
    private var reason: String {
        switch (kind, status) {
        case (.gunicorn, .code(3)?): ": a new worker did not start"
        case (.gunicorn, .code(4)?): ": the app could not be loaded"
        default: ""
        }
    }
}

extension ExitStatus {
    /// For sentences: `code 3`, `SIGKILL`.
    var words: String {
        switch self {
        case .code(let code): "code \(code)"
        case .signal(let number): SignalNumber.name(number)
        }
    }
}
