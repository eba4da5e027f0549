import Transport
import Trust

/// `agent.json5`: what the flags would say, and how single apps are found and treated. A flag wins over the file.
struct Configuration: Hashable, Sendable {
    var hostName: String?
    /// Seconds between two sweeps, 0.1 to 60.
    var interval: Double?
    /// Only processes below this one are looked at.
    var under: Int32?
    /// Regular expression on the command line of a worker or of its master.
    var match: String?
    /// `host:port` to serve TLS on; the identity must be enrolled.
    var listen: [String]?
    /// To serve metrics on, of this machine's loopback.
    var metricsListen: SocketName?
    var readOnly: Bool?
    /// By name, in the order of the file.
    var apps: [AppConfiguration] = []

    static let defaultPath = "/etc/looptop-agent/agent.json5"
    static let largest = 1 << 20

    /// The file named, or the default one where it exists; without either, an empty configuration.
    static func load(named path: String?) throws(Fatal) -> Configuration {
        let file = path ?? defaultPath
        do throws(ConfigurationFault) {
            guard let bytes = try contents(of: file, mustExist: path != nil) else { return Configuration() }
            return try parse(bytes, file: file)
        } catch {
            throw Fatal(error.code, error.sentence)
        }
    }

    /// `nil` where the file is missing and may be. Others must not be able to write it: it names commands to run.
    static func contents(of file: String, mustExist: Bool) throws(ConfigurationFault) -> [UInt8]? {
        do throws(TrustError) {
            if let bytes = try OwnersFile.contents(of: file, limit: largest) { return bytes }
        } catch {
            throw ConfigurationFault(code: ExitCode(error), lines: [error.sentence])
        }
        guard mustExist else { return nil }
        throw ConfigurationFault(code: .configuration, lines: ["cannot read \(file): there is no such file"])
    }

    /// All that is wrong, at once.
    static func parse(_ bytes: [UInt8], file: String) throws(ConfigurationFault) -> Configuration {
        guard bytes.count <= largest else {
            throw ConfigurationFault(
                code: .configuration, lines: ["\(file): it is larger than \(largest >> 20) MiB"])
        }
        let root: JSON5Cursor
        do throws(JSON5Problem) {
            root = try JSON5Cursor(parsing: bytes)
        } catch {
            throw ConfigurationFault(code: .configuration, lines: [error.sentence(file: file)])
        }
        var reader = ConfigurationReader()
        let configuration = reader.read(root)
        guard reader.problems.all.isEmpty else {
            throw ConfigurationFault(
                code: .configuration, lines: reader.problems.all.map { $0.sentence(file: file) })
        }
        return configuration
    }
}

/// Why a configuration file cannot be used.
struct ConfigurationFault: Error {
    var code: ExitCode
    /// A problem each, `FILE:LINE:COLUMN: KEY: REASON`.
    var lines: [String]

    /// The first, and how many there are.
    var sentence: String {
        let more = lines.count - 1
        let rest = more < 1 ? "" : " (and \(more) more: looptop-agent check-config lists them)"
        return (lines.first ?? "the configuration cannot be used") + rest
    }
}
