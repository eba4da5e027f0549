import Glibc

/// A file that a person names, or what they pipe in.
enum InputText {
    struct Problem: Error {
        let sentence: String
    }

    /// - Parameter path: `-` is standard input.
    static func read(_ path: String, limit: Int) throws(Problem) -> [UInt8] {
        let file = path == "-" ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw problem(path, errno) }
        defer { close(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 16 * 1024)
        while true {
            let count = Glibc.read(file, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw problem(path, errno) }
            if count == 0 { return bytes }
            bytes += buffer[..<count]
            guard bytes.count <= limit else {
                let size = limit >= 1 << 20 ? "\(limit >> 20) MiB" : "\(limit >> 10) KiB"
                throw Problem(sentence: "\(path): it is larger than \(size)")
            }
        }
    }

    private static func problem(_ path: String, _ number: CInt) -> Problem {
        Problem(sentence: "cannot read \(path): \(String(cString: strerror(number)))")
    }
}
