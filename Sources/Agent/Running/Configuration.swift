import FoundationEssentials
import Glibc

/// `agent.json5`: what narrows discovery and what the flags would say. A flag wins over the file.
struct Configuration: Decodable, Equatable, Sendable {
    var hostName: String?
    /// Seconds between two sweeps, 0.1 to 60.
    var interval: Double?
    /// Only processes below this one are looked at.
    var under: Int32?
    /// Regular expression on the command line of a worker or of its master.
    var match: String?
    /// `host:port` to serve TLS on; the identity must be enrolled.
    var listen: [String]?
    var readOnly: Bool?

    enum CodingKeys: String, CodingKey, CaseIterable { case hostName, interval, under, match, listen, readOnly }

    init() {}

    init(from decoder: any Decoder) throws {
        let given = try decoder.container(keyedBy: AnyKey.self)
        for key in given.allKeys where CodingKeys(stringValue: key.stringValue) == nil {
            let known = CodingKeys.allCases.map(\.rawValue).joined(separator: ", ")
            throw DecodingError.dataCorruptedError(
                forKey: key, in: given, debugDescription: "unknown key \"\(key.stringValue)\"; known are \(known)")
        }
        let values = try decoder.container(keyedBy: CodingKeys.self)
        hostName = try values.decodeIfPresent(String.self, forKey: .hostName)
        interval = try values.decodeIfPresent(Double.self, forKey: .interval)
        // As any number first: of one that does not fit, the decoder says only that the file is no JSON.
        under = try values.decodeIfPresent(Double.self, forKey: .under).map { number in
            guard let pid = Int32(exactly: number) else {
                throw DecodingError.dataCorruptedError(
                    forKey: .under, in: values, debugDescription: "\(number) is not a pid")
            }
            return pid
        }
        match = try values.decodeIfPresent(String.self, forKey: .match)
        listen = try values.decodeIfPresent([String].self, forKey: .listen)
        readOnly = try values.decodeIfPresent(Bool.self, forKey: .readOnly)
    }

    private struct AnyKey: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }
        init?(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    static let defaultPath = "/etc/looptop-agent/agent.json5"

    /// The file named, or the default one where it exists; without either, an empty configuration.
    static func load(named path: String?) throws(Fatal) -> Configuration {
        let file = path ?? defaultPath
        guard let bytes = try read(file, mustExist: path != nil) else { return Configuration() }
        return try parse(bytes, file: file)
    }

    static func parse(_ bytes: [UInt8], file: String) throws(Fatal) -> Configuration {
        let decoder = JSONDecoder()
        decoder.allowsJSON5 = true
        do {
            return try decoder.decode(Configuration.self, from: Data(bytes))
        } catch let error as DecodingError {
            throw Fatal(.configuration, "\(file): \(sentence(for: error))")
        } catch {
            throw Fatal(.configuration, "\(file): \(error)")
        }
    }

    private static func sentence(for error: DecodingError) -> String {
        switch error {
        case .typeMismatch(let type, let context):
            context.codingPath.isEmpty ? "is not an object { … }" : "\(place(context)) is not a \(type)"
        case .dataCorrupted(let context), .keyNotFound(_, let context), .valueNotFound(_, let context):
            [place(context), context.debugDescription, context.underlyingError.map { "\($0)" } ?? ""]
                .filter { !$0.isEmpty }.joined(separator: ": ")
        @unknown default: "\(error)"
        }
    }

    private static func place(_ context: DecodingError.Context) -> String {
        context.codingPath.map(\.stringValue).joined(separator: ".")
    }

    /// The whole file, at most 1 MiB of it; `nil` where it is missing and may be.
    static func read(_ file: String, mustExist: Bool) throws(Fatal) -> [UInt8]? {
        let descriptor = open(file, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT, !mustExist { return nil }
            throw Fatal(.configuration, "cannot read \(file): \(reason(errno))")
        }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 1 << 20)
        var count = 0
        while count < bytes.count {
            let got = bytes.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress! + count, $0.count - count) }
            if got < 0, errno == EINTR { continue }
            if got < 0 { throw Fatal(.configuration, "cannot read \(file): \(reason(errno))") }
            if got == 0 { break }
            count += got
        }
        return Array(bytes.prefix(count))
    }
}
