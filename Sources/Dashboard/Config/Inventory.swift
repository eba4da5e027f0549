import Trust

/// Hosts as other programs write them, in JSON. What looptop has no use for is passed over; what it would need and cannot
/// read is said.
enum Inventory {
    /// Prometheus' file_sd: `[{"targets": ["web-1:7433"], "labels": {"site": "eu-1"}}]`. Labels that begin with two
    /// underscores are Prometheus' own.
    static func targets(_ bytes: [UInt8], file: String) throws(HostSource.Problem) -> [HostEntry] {
        try read(bytes, file: file) { (root) throws(JSON5Problem) in try targets(root) }
    }

    /// What a program printed: Ansible's `--list`, file_sd, or a host a line.
    static func output(_ bytes: [UInt8], of command: String) throws(HostSource.Problem) -> [HostEntry] {
        let printed = bytes.filter { $0 > 0x20 }.prefix(2)
        if printed.first == UInt8(ascii: "{") {
            return try read(bytes, file: command) { (root) throws(JSON5Problem) in try ansible(root) }
        }
        // `[` may as well begin an address.
        if printed.elementsEqual("[{".utf8) || printed.elementsEqual("[]".utf8) {
            return try targets(bytes, file: command)
        }
        return try HostListText.parse(String(decoding: bytes, as: UTF8.self), file: command)
    }

    private static func read(
        _ bytes: [UInt8], file: String, _ body: (JSON5Cursor) throws(JSON5Problem) -> [HostEntry]
    ) throws(HostSource.Problem) -> [HostEntry] {
        do throws(JSON5Problem) {
            return try body(try JSON5Cursor(parsing: bytes))
        } catch {
            throw HostSource.Problem(sentence: error.sentence(file: file))
        }
    }

    private static func targets(_ root: JSON5Cursor) throws(JSON5Problem) -> [HostEntry] {
        var entries: [HostEntry] = []
        for group in try root.list() {
            var labels: [String: String] = [:]
            let members = try dictionary(group)
            if let given = members["labels"] {
                for (label, _, value) in try given.members() where !label.hasPrefix("__") && HostEntry.isLabel(label) {
                    labels[label] = try value.text()
                }
            }
            guard let targets = members["targets"] else { throw group.problem("it needs targets: [ … ]") }
            for target in try targets.list() { entries.append(try entry(target, try target.name(), labels: labels)) }
        }
        return entries
    }

    /// https://docs.ansible.com/ansible/latest/dev_guide/developing_inventory.html: groups with `hosts`, and `_meta.hostvars`,
    /// where `ansible_host` is the address; `looptop_port` and `looptop_labels` are ours.
    private static func ansible(_ root: JSON5Cursor) throws(JSON5Problem) -> [HostEntry] {
        var names: [(name: String, place: JSON5Cursor)] = []
        var variables: [String: [String: JSON5Cursor]] = [:]
        for (group, _, value) in try root.members() {
            if group == "_meta" {
                guard let hosts = try dictionary(value)["hostvars"] else { continue }
                for (name, _, value) in try hosts.members() {
                    variables[name] = try dictionary(value)
                    names.append((name, value))
                }
            } else if case .list = value.value.content {
                for host in try value.list() { names.append((try host.name(), host)) }
            } else if let hosts = try dictionary(value)["hosts"] {
                for host in try hosts.list() { names.append((try host.name(), host)) }
            }
        }
        var seen: Set<String> = []
        var entries: [HostEntry] = []
        for (name, place) in names where seen.insert(name).inserted {
            var address = try variables[name]?["ansible_host"]?.name() ?? name
            if let port = variables[name]?["looptop_port"] {
                let number = try port.whole(1...65_535)
                address = address.contains(":") ? "[\(address)]:\(number)" : "\(address):\(number)"
            }
            var labels: [String: String] = [:]
            if let given = variables[name]?["looptop_labels"] {
                for (label, _, value) in try given.members() where HostEntry.isLabel(label) {
                    labels[label] = try value.text()
                }
            }
            var host = try entry(place, address, labels: labels)
            host.name = name
            entries.append(host)
        }
        return entries
    }

    private static func dictionary(_ cursor: JSON5Cursor) throws(JSON5Problem) -> [String: JSON5Cursor] {
        Dictionary(try cursor.members().map { ($0.key, $0.value) }) { first, _ in first }
    }

    private static func entry(
        _ place: JSON5Cursor, _ address: String, labels: [String: String]
    ) throws(JSON5Problem) -> HostEntry {
        do throws(HostSource.Problem) {
            // Nothing here is a range, and nothing a source of its own.
            let source = try HostSource(parsing: address)
            guard source == .addresses([address]) else {
                throw HostSource.Problem(sentence: "\"\(address)\" is no host")
            }
            return HostEntry(address, labels: labels)
        } catch {
            throw place.problem(error.sentence)
        }
    }
}
