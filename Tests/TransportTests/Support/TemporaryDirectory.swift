import Glibc

/// A directory (0700) that goes away with the test.
final class TemporaryDirectory: Sendable {
    let path: String

    init() throws {
        var template = Array("/tmp/looptop-transport-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw MadeNothing() }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    struct MadeNothing: Error {}

    func file(_ name: String) -> String { "\(path)/\(name)" }

    deinit {
        for name in Self.names(path) {
            let child = "\(path)/\(name)"
            if unlink(child) != 0 {
                for inner in Self.names(child) { unlink("\(child)/\(inner)") }
                rmdir(child)
            }
        }
        rmdir(path)
    }

    private static func names(_ path: String) -> [String] {
        guard let directory = opendir(path) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }
}
