public import Model

/// What a cgroup path says about where a process runs.
public struct CgroupPlace: Hashable, Sendable {
    /// A container of an engine.
    public struct Container: Hashable, Sendable {
        /// Docker, containerd, podman; `nil` where only the id tells that it is one.
        public var engine: Manager.Kind?
        /// 64 hexadecimal digits.
        public var id: String

        public init(engine: Manager.Kind?, id: String) {
            self.engine = engine
            self.id = id
        }
    }

    public enum QualityOfService: String, Sendable, CaseIterable {
        case guaranteed
        case burstable
        case bestEffort = "besteffort"
    }

    /// A pod of Kubernetes.
    public struct Pod: Hashable, Sendable {
        /// With dashes, as its API has it; 32 digits for a pod that its node keeps by itself.
        public var uid: String
        public var quality: QualityOfService

        public init(uid: String, quality: QualityOfService) {
            self.uid = uid
            self.quality = quality
        }
    }

    /// The innermost systemd service or scope: `web.service`, `web@1.service`, `session-3.scope`; `nil` in a container.
    public var unit: String?
    /// What follows the `@` of a template's instance.
    public var instance: String?
    /// `web@.service` of `web@1.service`.
    public var template: String?
    /// The user whose own manager runs the unit.
    public var userManager: UInt32?
    /// The innermost container: docker in docker has two.
    public var container: Container?
    public var pod: Pod?
    /// A system container of LXC or systemd-nspawn; units within it are not the host's, and not named.
    public var machine: String?

    public init() {}

    /// Never fails: what it does not understand is no place.
    public init(parsing path: String) {
        let parts = path[...].parts(at: "/")
        for part in parts {
            if pod == nil { pod = Self.pod(in: part, of: parts) }
            if machine == nil { machine = Self.machine(in: part) }
        }
        // From the right: a path may go on behind the container's own component, and a container may hold another.
        for (index, part) in parts.enumerated().reversed() {
            guard let found = Self.container(in: part, below: index > 0 ? parts[index - 1] : nil) else { continue }
            container = found
            break
        }
        if container == nil, pod == nil, machine == nil { readUnit(parts) }
    }

    private mutating func readUnit(_ parts: [Substring]) {
        for part in parts {
            if let user = part.after("user@")?.before(".service") {
                userManager = UInt32(digits: user)
                unit = String(part)
            } else if part.hasEnding(".service") {
                unit = String(part)
            } else if part.hasEnding(".scope"), unit == nil || unit?[...].hasStart("user@") ?? false {
                unit = String(part)  // else a service made it (Delegate=), and systemd knows of the service only
            }
        }
        guard let unit, let at = unit.utf8.firstIndex(of: UInt8(ascii: "@")), unit[...].hasEnding(".service") else {
            return
        }
        let name = unit[unit.utf8.index(after: at)...]
        guard let found = name.before(".service"), !found.isEmpty, at > unit.startIndex else { return }
        instance = String(found)
        template = "\(unit[..<at])@.service"
    }

    // MARK: containers

    private static let engines: [String: Manager.Kind?] = [
        "docker": .docker, "cri-containerd": .containerd, "containerd": .containerd, "nerdctl": .containerd,
        "libpod": .podman, "podman": .podman, "crio": Optional.none,
    ]

    /// `docker-<id>.scope`, `libpod-<id>.scope`, `…slice:cri-containerd:<id>`, `<id>` alone. A monitor beside a
    /// container (`libpod-conmon-<id>.scope`) is none.
    private static func container(in part: Substring, below parent: Substring?) -> Container? {
        let name = part.before(".scope") ?? part
        let bytes = name.utf8
        guard bytes.count >= 64 else { return nil }
        let start = bytes.index(bytes.endIndex, offsetBy: -64)
        guard bytes[start...].allSatisfy(isHexadecimal) else { return nil }
        let id = String(name[start...])
        let head = name[..<start]
        if head.isEmpty {
            return Container(engine: parent.flatMap(engine(namedBy:)), id: id)
        }
        guard let mark = head.utf8.last, mark == UInt8(ascii: "-") || mark == UInt8(ascii: ":") else { return nil }
        let words = head.dropLast()
        let engineName =
            words.utf8.lastIndex(of: UInt8(ascii: ":")).map { words[words.utf8.index(after: $0)...] } ?? words
        guard !engineName.hasEnding("conmon") else { return nil }
        guard let engine = engines[String(engineName)] else { return nil }
        return Container(engine: engine, id: id)
    }

    private static func engine(namedBy parent: Substring) -> Manager.Kind? {
        if parent.hasStart("libpod") { return .podman }
        return ["docker", "actions_job", "docker.service", "ecs"].contains(String(parent)) ? .docker : nil
    }

    // MARK: pods

    private static func pod(in part: Substring, of parts: [Substring]) -> Pod? {
        // `kubepods-burstable-pod<uid>.slice`, with `:cri-containerd:<id>` behind it where two drivers disagree.
        let name = part.utf8.firstIndex(of: UInt8(ascii: ":")).map { part[..<$0] } ?? part
        let uid: Substring
        if let plain = name.after("pod"), parts.contains(where: { $0.hasStart("kubepods") || $0.hasEnding("kubepods") })
        {
            uid = plain
        } else if name.contains(ascii: "kubepods"), let slice = name.before(".slice"),
            let found = slice.lastPart("-pod")
        {
            uid = found
        } else {
            return nil
        }
        let bytes = uid.utf8.map { $0 == UInt8(ascii: "_") ? UInt8(ascii: "-") : $0 }
        let digits = bytes.filter { $0 != UInt8(ascii: "-") }
        guard digits.count == 32, digits.allSatisfy(isHexadecimal) else { return nil }
        let text = parts.joined(separator: "/")[...]
        let quality: QualityOfService =
            text.contains(ascii: "besteffort")
            ? .bestEffort : text.contains(ascii: "burstable") ? .burstable : .guaranteed
        return Pod(uid: String(decoding: bytes, as: UTF8.self), quality: quality)
    }

    private static func machine(in part: Substring) -> String? {
        let name =
            part.after("lxc.payload.") ?? part.after("machine-")?.before(".scope")
            ?? part.after("systemd-nspawn@")?.before(".service")
        return name.flatMap { $0.isEmpty ? nil : String($0) }
    }

    private static func isHexadecimal(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"): true
        default: false
        }
    }
}
