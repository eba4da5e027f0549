import CLinux
import Glibc
import Model

/// Asks sources that have to be asked: a file, a name server, a program. Blocks until there is an answer.
struct HostFinder: Sendable {
    /// For a program; name servers are asked twice, for two seconds each.
    var limit = Duration.seconds(10)
    static let largest = 4 << 20
    /// More hosts than anybody looks at.
    static let most = 10_000

    /// What the entries' sources know now, in their place. Labels of an entry hold for all its hosts that say nothing else.
    ///
    /// - Parameter problem: told of each name server and each program that gave no hosts; the rest goes on without them.
    /// - Throws: where a text is no source, or a file cannot be used: that is for whoever wrote it.
    func expand(
        _ entries: [HostEntry], problem: (HostSource.Problem) -> Void
    ) throws(HostSource.Problem) -> [HostEntry] {
        var known: [HostEntry] = []
        for entry in entries {
            do throws(HostSource.Problem) {
                known += try ask(entry).entries
            } catch {
                switch try HostSource(parsing: entry.source) {
                case .service, .command: problem(error)
                case .addresses, .socket, .ssh, .enrolled, .local, .file, .discovery: throw error
                }
            }
            guard known.count <= Self.most else { throw Self.tooMany(entry) }
        }
        return known
    }

    /// What one entry's source knows now, and for how long that holds; `nil` for ever.
    func ask(_ entry: HostEntry) throws(HostSource.Problem) -> (entries: [HostEntry], holds: Duration?) {
        let found: [HostEntry]
        var holds: Duration?
        switch try HostSource(parsing: entry.source) {
        case .addresses, .socket, .ssh, .enrolled, .local: return ([entry], nil)
        case .file(let path):
            found = try HostListText.parse(String(decoding: try Self.contents(of: path), as: UTF8.self), file: path)
            holds = path == "-" ? nil : Self.fileHolds
        case .discovery(let path):
            found = try Inventory.targets(try Self.contents(of: path), file: path)
            holds = Self.fileHolds
        case .service(let name):
            let (entries, lifetime) = try Self.service(name)
            found = entries
            // A lifetime of 0 is meant for other programs than one that looks for hours.
            holds = .seconds(Int64(min(max(lifetime ?? 60, 5), 3600)))
        case .command(let words):
            let output = try InventoryProgram(words: words).run(limit: limit)
            found = try Inventory.output(output, of: words[0])
            holds = Self.programHolds
        }
        guard found.count <= Self.most else { throw Self.tooMany(entry) }
        return (found.map { $0.over(entry) }, holds)
    }

    /// Reading a small file costs nothing.
    private static let fileHolds = Duration.seconds(2)
    private static let programHolds = Duration.seconds(300)

    private static func tooMany(_ entry: HostEntry) -> HostSource.Problem {
        HostSource.Problem(sentence: "\(entry.source): more than \(most) hosts")
    }

    private static func contents(of path: String) throws(HostSource.Problem) -> [UInt8] {
        do throws(InputText.Problem) { return try InputText.read(path, limit: largest) } catch {
            throw HostSource.Problem(sentence: error.sentence)
        }
    }

    /// Priorities and weights are for who needs one host of several; here all are wanted.
    private static func service(
        _ name: String
    ) throws(HostSource.Problem) -> (entries: [HostEntry], lifetime: UInt32?) {
        var bytes = [UInt8](repeating: 0, count: 65_536)
        let count = Int(looptop_service_records(name, &bytes, CInt(bytes.count)))
        guard count >= 0 else {
            throw HostSource.Problem(sentence: "srv:\(name): \(failure(CInt(count)))")
        }
        do throws(ServiceAnswer.Malformed) {
            let answer = try ServiceAnswer(parsing: Array(bytes.prefix(count)))
            return (answer.places.map { HostEntry("\($0.host):\($0.port)") }, answer.lifetime)
        } catch {
            throw HostSource.Problem(sentence: "srv:\(name): the name server's answer cannot be read")
        }
    }

    private static func failure(_ number: CInt) -> String {
        switch number {
        case LOOPTOP_SERVICE_NO_NAME.rawValue: "there is no such name in DNS"
        case LOOPTOP_SERVICE_NO_RECORD.rawValue: "the name has no SRV records"
        case LOOPTOP_SERVICE_NO_ANSWER.rawValue: "no name server answers"
        default: "the resolver failed"
        }
    }
}

extension HostEntry {
    /// This one, with labels of another of which it says nothing.
    fileprivate func over(_ other: HostEntry) -> HostEntry {
        HostEntry(source, name: name, labels: labels.merging(other.labels) { mine, _ in mine })
    }
}
