import Glibc
import TestSupport

/// A directory of files made for one test and removed with it.
final class TemporaryTree {
    let path: String
    /// In the order of making; removed the other way round.
    private var made: [String] = []

    init(files: [String: String] = [:], links: [String: String] = [:]) throws {
        var template = Array("/tmp/looptop-test-XXXXXX".utf8CString)
        let name = template.withUnsafeMutableBufferPointer { buffer in
            buffer.baseAddress.flatMap { mkdtemp($0) }.map { String(cString: $0) }
        }
        guard let name else { throw SystemError(call: "mkdtemp", errno: errno) }
        path = name
        made = [name]
        for (name, text) in files {
            makeParents(of: name)
            let file = open("\(path)/\(name)", O_CREAT | O_WRONLY | O_CLOEXEC, 0o600)
            guard file >= 0 else { throw SystemError(call: "open", errno: errno) }
            defer { close(file) }
            made.append("\(path)/\(name)")
            let bytes = Array(text.utf8)
            guard write(file, bytes, bytes.count) == bytes.count else { throw SystemError(call: "write", errno: errno) }
        }
        for (name, target) in links {
            makeParents(of: name)
            guard symlink(target, "\(path)/\(name)") == 0 else { throw SystemError(call: "symlink", errno: errno) }
            made.append("\(path)/\(name)")
        }
    }

    deinit {
        for entry in made.reversed() { remove(entry) }
    }

    private func makeParents(of name: String) {
        var parent = path
        for part in name.split(separator: "/").dropLast() {
            parent += "/\(part)"
            if mkdir(parent, 0o700) == 0 { made.append(parent) }  // an existing one is as good
        }
    }
}
