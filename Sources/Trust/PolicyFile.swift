internal import FoundationEssentials
internal import Glibc
internal import Model

/// Reading the file: strict where `Codable` is lenient.
enum PolicyFile {
    /// A policy of a thousand apps has 50 KiB.
    static let largest = 256 * 1024

    /// `nil` when there is no such file.
    static func contents(of path: String) throws(TrustError) -> [UInt8]? {
        let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else {
            if errno == ENOENT { return nil }
            throw .io(path: path, operation: "open", errno: errno)
        }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0 else { throw .io(path: path, operation: "fstat", errno: errno) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw .notAPlainFile(path: path) }
        guard status.st_uid == 0 || status.st_uid == geteuid() else {
            throw .insecureOwner(path: path, uid: status.st_uid, wanted: geteuid())
        }
        guard status.st_mode & (S_IWGRP | S_IWOTH) == 0 else {
            throw .insecureMode(path: path, found: status.st_mode & 0o7777, wanted: 0o644)
        }
        try Ancestors.check(of: path)
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 16 * 1024)
        while bytes.count <= largest {
            let count = Glibc.read(file, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw .io(path: path, operation: "read", errno: errno) }
            if count == 0 { break }
            bytes += buffer[..<count]
        }
        return bytes
    }

    /// The rules; `file` is for the messages. One byte too many is one too many.
    static func read(_ bytes: [UInt8], file: String) throws(TrustError) -> [String: Policy.Rule] {
        guard bytes.count <= largest else {
            throw .policySyntax(file: file, reason: "it is larger than 256 KiB", line: nil, column: nil)
        }
        let decoder = JSONDecoder()
        decoder.allowsJSON5 = true
        do {
            let apps = try decoder.decode(Root.self, from: Data(bytes)).apps
            if let (key, place) = PolicyKeys(bytes).firstRepeated() {
                throw TrustError.policyRepeatedKey(file: file, key: key, line: place.line, column: place.column)
            }
            return apps
        } catch let error as TrustError {
            throw error
        } catch let error as Problem {
            switch error {
            case .unknownKey(let path):
                let place = PolicyKeys(bytes).place(of: path)
                throw .policyUnknownKey(
                    file: file, key: path.joined(separator: "."), line: place?.line, column: place?.column)
            case .value(let path, let reason):
                throw .policyValue(file: file, key: path.joined(separator: "."), reason: reason)
            }
        } catch let error as DecodingError {
            throw fault(error, in: bytes, file: file)
        } catch { throw .policySyntax(file: file, reason: "it cannot be read", line: nil, column: nil) }
    }

    private enum Problem: Error {
        case unknownKey([String])
        case value([String], String)
    }

    private struct Key: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    private struct Root: Decodable {
        var apps: [String: Policy.Rule] = [:]

        init(from decoder: any Decoder) throws {
            let root = try decoder.container(keyedBy: Key.self)
            for key in root.allKeys {
                guard key.stringValue == "apps" else { throw Problem.unknownKey([key.stringValue]) }
                let names = try root.nestedContainer(keyedBy: Key.self, forKey: key)
                for app in names.allKeys {
                    apps[app.stringValue] = try Self.rule(names, app)
                }
            }
        }

        private static func rule(_ names: KeyedDecodingContainer<Key>, _ app: Key) throws -> Policy.Rule {
            guard !app.stringValue.isEmpty else { throw Problem.value(["apps", ""], "an app needs a name") }
            let actions = try names.nestedContainer(keyedBy: Key.self, forKey: app)
            var rule: Policy.Rule = [:]
            for key in actions.allKeys {
                let path = ["apps", app.stringValue, key.stringValue]
                guard let action = Action(policyWord: key.stringValue) else { throw Problem.unknownKey(path) }
                guard let role = Role(word: try actions.decode(String.self, forKey: key)) else {
                    let words = Role.allCases.map { "\"\($0.word)\"" }.joined(separator: ", ")
                    throw Problem.value(path, "it must be one of \(words)")
                }
                rule[action] = role
            }
            return rule
        }
    }

    private static func fault(_ error: DecodingError, in bytes: [UInt8], file: String) -> TrustError {
        let keys = PolicyKeys(bytes)
        switch error {
        case .typeMismatch(_, let context), .valueNotFound(_, let context), .keyNotFound(_, let context):
            let path = context.codingPath.map(\.stringValue)
            let place = keys.place(of: path)
            let reason = path.isEmpty ? "it must be an object" : "'\(path.joined(separator: "."))' has the wrong type"
            return .policySyntax(file: file, reason: reason, line: place?.line, column: place?.column)
        case .dataCorrupted:
            let fault = keys.firstFault()
            return .policySyntax(
                file: file, reason: fault?.reason ?? "it is not JSON5", line: fault?.place.line,
                column: fault?.place.column)
        @unknown default:
            return .policySyntax(file: file, reason: "it is not JSON5", line: nil, column: nil)
        }
    }
}

extension Action {
    /// The key in a policy file.
    var policyWord: String {
        switch self {
        case .restart: "restart"
        }
    }

    init?(policyWord word: String) {
        guard let action = Self.allCases.first(where: { $0.policyWord == word }) else { return nil }
        self = action
    }
}
