import Glibc

/// A directory that lives as long as this object, with the plain files made in it.
final class TemporaryDirectory {
    struct Unwritable: Error { let file: String }

    let path: String
    private var files: [String] = []

    init() {
        var template = Array("/tmp/looptop-agent-XXXXXX".utf8CString)
        path = template.withUnsafeMutableBufferPointer { buffer in
            buffer.baseAddress.flatMap { mkdtemp($0) }.map { String(cString: $0) } ?? "/nonexistent"
        }
    }

    /// Returns the path.
    func write(_ name: String, _ text: String) throws -> String {
        let file = path + "/" + name
        guard let stream = fopen(file, "we") else { throw Unwritable(file: file) }
        files.append(file)
        let bytes = Array(text.utf8)
        fwrite(bytes, 1, bytes.count, stream)
        fclose(stream)
        return file
    }

    /// Removed at the end too.
    func note(_ name: String) { files.append(path + "/" + name) }

    deinit {
        for file in files { unlink(file) }
        rmdir(path)
    }
}
