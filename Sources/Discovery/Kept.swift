internal import Model

/// A process that a manager started, with what is known of it from its environment, its manager and its place.
struct Kept {
    var manager: Manager.Kind
    /// What the manager calls this process; empty where that is not known.
    var name: String
    /// Where the manager listens.
    var address: String?
    /// What a person calls all processes of the kind; `nil` where nobody says.
    var app: String?
    /// The same for all processes of the kind, and for no other.
    var identity: [String]
    var instance: String?
    var slot: UInt32?
    var rule: String

    func link(isMain: Bool) -> ManagerLink {
        ManagerLink(manager: Manager(kind: manager, name: name), address: address, isMain: isMain)
    }
}

extension Kept {
    /// Environment first, then the title or command line of the parent, then the cgroup. What is inherited is believed
    /// of the process that the manager itself started only, and not of those below.
    init?(_ index: Int, in scene: Scene) {
        guard scene.keeps(index) == nil, !scene.isGone(index) else { return nil }
        let parent = scene.parents[index]
        let keeper = parent.flatMap(scene.keeps)
        let isParentHidden = parent == nil && scene.entries[index].parentPID > 1
        if keeper == .pm2 || isParentHidden, let kept = Self.pm2(index, parent, in: scene) {
            self = kept
        } else if keeper == .supervisord || isParentHidden, let kept = Self.supervisord(index, parent, in: scene) {
            self = kept
        } else if keeper == .processCompose || isParentHidden, let kept = Self.processCompose(index, in: scene) {
            self = kept
        } else if keeper == .circus, let kept = Self.circus(index, in: scene) {
            self = kept
        } else if let kept = Self.passenger(index, keeper, in: scene) ?? Self.template(index, parent, in: scene) {
            self = kept
        } else {
            return nil
        }
    }

    /// `lib/God/ClusterMode.js` hands a JSON on, `ForkMode.js` single variables. Without a readable environment the
    /// parent's title says that it is PM2, and like arguments which app.
    private static func pm2(_ index: Int, _ parent: Int?, in scene: Scene) -> Kept? {
        let entry = scene.entries[index]
        if scene.tags[index].map({ $0.kind == .pm2 }) ?? false { return nil }
        let value = { (key: String) in entry.environment["pm2_env.\(key)"] ?? entry.environment[key] }
        let home =
            parent.flatMap { scene.tags[$0]?.address } ?? value("PM2_HOME")
            ?? value("pm_pid_path").flatMap { $0[...].split(at: "/pids/").map { String($0.0) } }
        guard let id = value("pm_id"), let number = UInt32(digits: id[...]) else {
            guard parent.flatMap(scene.keeps) == .pm2 else { return nil }
            return Kept(
                manager: .pm2, name: "", address: home, app: nil, identity: ["pm2"] + likeness(index, in: scene),
                rule: "pm2: title")
        }
        let name = value("name")
        let instance = value("NODE_APP_INSTANCE").flatMap { UInt32(digits: $0[...]) }
        return Kept(
            manager: .pm2, name: id, address: home, app: name,
            identity: ["pm2", home ?? "", value("namespace") ?? "", name ?? ""],
            instance: name.map { "\($0) \(id)" }, slot: following(instance ?? number), rule: "pm2: environment")
    }

    /// Each child gets `SUPERVISOR_PROCESS_NAME` and `SUPERVISOR_GROUP_NAME`. Processes of one program differ in the
    /// number at the end (`numprocs`); a group may hold several programs.
    private static func supervisord(_ index: Int, _ parent: Int?, in scene: Scene) -> Kept? {
        let environment = scene.entries[index].environment
        let name = environment["SUPERVISOR_PROCESS_NAME"]
        // A title may have been written over the environment: what its siblings have still tells where the manager is.
        let url =
            environment["SUPERVISOR_SERVER_URL"]
            ?? parent.flatMap { parent in
                scene.children(of: parent).prefix(32).lazy.compactMap {
                    scene.entries[$0].environment["SUPERVISOR_SERVER_URL"]
                }
                .first
            }
        guard let name, !name.isEmpty else {
            guard parent.flatMap(scene.keeps) == .supervisord else { return nil }
            return Kept(
                manager: .supervisord, name: "", address: url, app: nil,
                identity: ["supervisord"] + likeness(index, in: scene), rule: "supervisord: parent")
        }
        let group = environment["SUPERVISOR_GROUP_NAME"] ?? name
        // A program alone is its own group, and its name all of its name.
        let (base, number) = name == group ? (name, nil) : numbered(name[...])
        let program = base.isEmpty ? group : base
        return Kept(
            manager: .supervisord, name: "\(group):\(name)", address: url, app: program,
            identity: ["supervisord", url ?? "", group, program], instance: name, slot: number.flatMap(following),
            rule: "supervisord: environment")
    }

    private static func processCompose(_ index: Int, in scene: Scene) -> Kept? {
        let environment = scene.entries[index].environment
        guard let name = environment["PC_PROC_NAME"], !name.isEmpty else { return nil }
        let number = environment["PC_REPLICA_NUM"].flatMap { UInt32(digits: $0[...]) }
        return Kept(
            manager: .processCompose, name: name, app: name, identity: ["process-compose", name],
            instance: number.map { "\(name)-\($0)" }, slot: number.flatMap(following),
            rule: "process-compose: environment")
    }

    /// A watcher's name is in no process: like arguments are one watcher. circus's own helpers are none.
    private static func circus(_ index: Int, in scene: Scene) -> Kept? {
        if Furniture.countsForCircus(index, in: scene) { return nil }
        let line = scene.entries[index].joinedArguments[...]
        if line.contains(ascii: "circusd-stats") || line.contains(ascii: "circushttpd") { return nil }
        return Kept(
            manager: .circus, name: "", app: nil, identity: ["circus"] + likeness(index, in: scene),
            rule: "circus: parent")
    }

    /// By its title wherever it is, by its directory where its parent is Passenger.
    private static func passenger(_ index: Int, _ keeper: Manager.Kind?, in scene: Scene) -> Kept? {
        let root: String
        if keeper != .passenger, scene.tags[index] == nil { return nil }
        if let tag = scene.tags[index], tag.kind == .passenger {
            guard tag.role == .worker, let name = tag.name else { return nil }
            root = name
        } else if keeper == .passenger, scene.tags[index] == nil, let directory = scene.entries[index].workingDirectory
        {
            root = directory
        } else {
            return nil
        }
        return Kept(
            manager: .passenger, name: root, app: AppName.ofDirectory(root),
            identity: ["passenger", Stable.path(root)],
            rule: "passenger: title")
    }

    /// `web@1.service`, `web@2.service`. Instances with other names than numbers are different things mostly.
    private static func template(_ index: Int, _ parent: Int?, in scene: Scene) -> Kept? {
        guard scene.isTemplate(index) else { return nil }
        let place = scene.place(of: index)
        guard let template = place.template, let unit = place.unit, let instance = place.instance,
            let number = UInt32(digits: instance[...]), !Units.areFurniture(template), scene.isTop(index)
        else { return nil }
        // Each is a store of its own.
        if let kind = scene.tags[index]?.kind, kind == .redis || kind == .postgres { return nil }
        let user = place.userManager.map { "\($0)" } ?? ""
        return Kept(
            manager: .systemd, name: unit, address: user.isEmpty ? nil : user,
            app: template[...].before("@.service").map(String.init), identity: ["systemd", user, template],
            instance: unit, slot: number == 0 ? nil : number, rule: "systemd: template")
    }

    private static func likeness(_ index: Int, in scene: Scene) -> [String] {
        let entry = scene.entries[index]
        return [Stable.path(entry.executable ?? ""), "\(entry.uid)"] + Stable.withoutDigits(entry.arguments)
    }

    /// `web_00` is `web` and 0; `v2` is no number of anything.
    private static func numbered(_ name: Substring) -> (String, UInt32?) {
        let isDigit = { (byte: UInt8) in (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
        let count = name.utf8.reversed().prefix(while: isDigit).count
        let base = name[..<name.utf8.index(name.endIndex, offsetBy: -count)]
        if base.isEmpty { return ("", UInt32(digits: name)) }
        guard count > 0, let mark = base.utf8.last, "-_.:".utf8.contains(mark) else { return (String(name), nil) }
        return (String(base[..<base.utf8.index(before: base.endIndex)]), UInt32(digits: name[base.endIndex...]))
    }

    /// Numbers that begin at 0 become slots, which begin at 1.
    private static func following(_ number: UInt32) -> UInt32? { number == .max ? nil : number + 1 }
}
