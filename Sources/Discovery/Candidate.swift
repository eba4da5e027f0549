internal import Model

/// A group before anybody asked for it. Processes are positions in its scene.
struct Candidate {
    var kind: GroupKind
    var app: String
    var master: Int?
    var workers: [Int]
    /// Which row of the table decided, and what it went by.
    var rule: String
    var why: String
    /// What it is as long as it is started the same way, for the key.
    var identity: [String]
    /// Says that others of the same identity are meant to be kept apart, and how: `new` beside the master that it
    /// replaces.
    var variant: String?
    /// Ports known otherwise than by the descriptors of master and workers.
    var ports: [UInt16]?
    /// The numbers its workers publish.
    var slots: [Int: UInt32] = [:]
    var instances: [Int: String] = [:]
    /// What its workers descend from and does nothing but wait for them.
    var wrappers: [Int: [Int]] = [:]
    /// What the manager of its workers calls all of them, where that is not the app's name.
    var managerName: String?
    /// Who brings its workers back, where its kind does not say.
    var respawn: Respawn?
    /// What the configuration says of it.
    var rename: String?
    var expected: UInt32?
    var isHidden = false

    init(
        kind: GroupKind, app: String, master: Int? = nil, workers: [Int], rule: String, why: String, identity: [String]
    ) {
        self.kind = kind
        self.app = app
        self.master = master
        self.workers = workers.sorted()
        self.rule = rule
        self.why = why
        self.identity = identity
    }

    /// Master and workers.
    var members: [Int] { (master.map { [$0] } ?? []) + workers }

    func listeningPorts(in scene: Scene) -> [UInt16] {
        ports ?? Set(members.flatMap { scene.entries[$0].listeningPorts }).sorted()
    }

    /// Only a living master brings anything back.
    func respawn(link: ManagerLink?) -> Respawn {
        if let respawn { return respawn }
        switch kind {
        case .nginx, .gunicorn, .puma, .unicorn, .phpFPM, .uwsgi, .celery, .strongSupervisor:
            if master != nil { return .master }
            return isAlone && link != nil ? .manager : .nothingKnown
        case .nodeCluster, .prefork, .uvicorn:
            if master != nil { return .parentMay }
            return isAlone && link != nil ? .manager : .nothingKnown
        case .postgres: return .nothingKnown
        case .pm2, .managed, .passenger: return .manager
        case .single, .alike, .redis, .sidekiq: return link == nil ? .nothingKnown : .manager
        }
    }

    /// Serves without a master, as its kind may; not left over from one.
    var isAlone = false
}

/// Which processes still belong to nobody.
struct Claims {
    let scene: Scene
    private(set) var taken: [Bool]
    /// Whether it, or anything below it, belongs to a group.
    private(set) var leadsToTaken: [Bool]

    init(_ scene: Scene) {
        self.scene = scene
        taken = Array(repeating: false, count: scene.entries.count)
        leadsToTaken = taken
    }

    /// Could be a worker: alive, of no group yet, no keeper of others.
    func isFree(_ index: Int) -> Bool { !taken[index] && !scene.isGone(index) && scene.keeps(index) == nil }

    /// Claims a candidate's workers and master.
    mutating func take(_ candidate: Candidate) {
        for member in candidate.members {
            taken[member] = true
            for above in scene.lineage(of: member) where !leadsToTaken[above] { leadsToTaken[above] = true }
        }
    }
}
