internal import Glibc

/// A file in which the owner of a host says what may be done on it: nobody else may be able to write it, or to put
/// another one in its place. Links are followed; what counts is the file at their end.
public enum OwnersFile {
    /// The whole file, and one byte more than `limit` where it is larger; `nil` when there is none.
    public static func contents(of path: String, limit: Int) throws(TrustError) -> [UInt8]? {
        // Without O_NONBLOCK a pipe put in the file's place would hold us for ever.
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
        while bytes.count <= limit {
            let count = Glibc.read(file, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw .io(path: path, operation: "read", errno: errno) }
            if count == 0 { break }
            bytes += buffer[..<count]
        }
        return Array(bytes.prefix(limit + 1))
    }
}
