import Console
import Glibc
import Testing

/// Pictures of screens, kept as files beside the tests. `LOOPTOP_UPDATE_GOLDENS=1` writes them anew; look at the difference.
enum Golden {
    struct Unreadable: Error { var path: String }

    static func check(_ frame: Frame, _ name: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
        let path = directory + "/\(name).txt"
        let text = frame.text + "\n"
        if getenv("LOOPTOP_UPDATE_GOLDENS") != nil {
            try write(text, to: path)
            return
        }
        let expected = try read(path)
        guard text != expected else { return }
        let new = text.split(separator: "\n", omittingEmptySubsequences: false)
        let old = expected.split(separator: "\n", omittingEmptySubsequences: false)
        let row = zip(new, old).enumerated().first { $0.element.0 != $0.element.1 }?.offset ?? min(new.count, old.count)
        let lines = "was: \(row < old.count ? old[row] : "")\nis:  \(row < new.count ? new[row] : "")"
        Issue.record("\(name) differs from row \(row) on\n\(lines)", sourceLocation: sourceLocation)
    }

    private static var directory: String {
        var parts = #filePath.split(separator: "/", omittingEmptySubsequences: false)
        parts.removeLast()
        return parts.joined(separator: "/") + "/Goldens"
    }

    private static func read(_ path: String) throws -> String {
        guard let file = fopen(path, "r") else { throw Unreadable(path: path) }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = fread(&buffer, 1, buffer.count, file)
            if count == 0 { return String(decoding: bytes, as: UTF8.self) }
            bytes += buffer.prefix(count)
        }
    }

    private static func write(_ text: String, to path: String) throws {
        guard let file = fopen(path, "w") else { throw Unreadable(path: path) }
        defer { fclose(file) }
        let bytes = Array(text.utf8)
        guard fwrite(bytes, 1, bytes.count, file) == bytes.count else { throw Unreadable(path: path) }
    }
}
