internal import FoundationEssentials
public import Model

/// The hosts that a dashboard knows: what `looptop enroll` adds, and where `looptop` dials.
public struct HostBook: Hashable, Sendable {
    public struct Entry: Hashable, Sendable {
        /// `host:port` at which it was enrolled or was last reached.
        public var address: String
        public var host: HostID
        /// What the host calls itself, or what the operator called it. Hostile until drawn through `SafeText`.
        public var name: String
        public var enrolled: WallTime

        public init(address: String, host: HostID, name: String, enrolled: WallTime) {
            self.address = address
            self.host = host
            self.name = name
            self.enrolled = enrolled
        }
    }

    /// By name, then by id.
    public private(set) var entries: [Entry]

    /// Of several entries of one id the last counts.
    public init(entries: [Entry] = []) {
        var newest: [HostID: Entry] = [:]
        for entry in entries { newest[entry.host] = entry }
        self.entries = newest.values.sorted(by: Self.precede)
    }

    private static func precede(_ left: Entry, _ right: Entry) -> Bool {
        (left.name, left.host) < (right.name, right.host)
    }

    /// Adds the host, in place of an older entry of the same id.
    public mutating func add(_ entry: Entry) {
        entries.removeAll { $0.host == entry.host }
        entries.append(entry)
        entries.sort(by: Self.precede)
    }

    /// Whether there was one.
    @discardableResult
    public mutating func remove(_ host: HostID) -> Bool {
        let before = entries.count
        entries.removeAll { $0.host == host }
        return entries.count < before
    }

    public subscript(host: HostID) -> Entry? { entries.first { $0.host == host } }
}

extension HostBook {
    /// As the file holds it.
    private struct File: Codable {
        struct Host: Codable {
            var id: String
            var name: String
            var address: String
            /// Seconds since 1970.
            var enrolled: Int64
        }
        var version: Int
        var hosts: [Host]
    }

    init(json: [UInt8], path: String) throws(TrustError) {
        let file: File
        do { file = try JSONDecoder().decode(File.self, from: Data(json)) } catch {
            throw .damagedFile(path: path, reason: "it is not the list of hosts that looptop writes")
        }
        guard file.version == 1 else { throw .damagedFile(path: path, reason: "a newer looptop has written it") }
        var entries: [Entry] = []
        for host in file.hosts {
            let (nanoseconds, overflow) = host.enrolled.multipliedReportingOverflow(by: 1_000_000_000)
            guard let id = HostID(hex: host.id), !overflow else {
                throw .damagedFile(path: path, reason: "a host's id or time cannot be read")
            }
            entries.append(
                Entry(
                    address: host.address, host: id, name: host.name, enrolled: WallTime(nanoseconds: nanoseconds)))
        }
        self.init(entries: entries)
    }

    func json(path: String) throws(TrustError) -> [UInt8] {
        let hosts = entries.map {
            File.Host(id: $0.host.hex, name: $0.name, address: $0.address, enrolled: $0.enrolled.wholeSeconds)
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        do { return Array(try encoder.encode(File(version: 1, hosts: hosts))) + [UInt8(ascii: "\n")] } catch {
            throw .damagedFile(path: path, reason: "the list of hosts has text that JSON cannot hold")
        }
    }
}
