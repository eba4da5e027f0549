internal import Glibc

/// The directories above a private one: whoever can write one of them can put another directory in its place.
public enum Ancestors {
    /// Refuses a directory above `path` that another user could write, as sshd does (`StrictModes`). One with the
    /// sticky bit (`/tmp`) passes: there nobody can rename or remove what is not theirs.
    static func check(of path: String) throws(TrustError) {
        var current = try resolved(parent(of: path))
        while true {
            var status = stat()
            guard lstat(current, &status) == 0 else { throw .io(path: current, operation: "lstat", errno: errno) }
            let writable = status.st_mode & (S_IWGRP | S_IWOTH) != 0 && status.st_mode & S_ISVTX == 0
            guard !writable, status.st_uid == 0 || status.st_uid == geteuid() else {
                throw .insecureParent(path: current)
            }
            if current == "/" { return }
            current = parent(of: current)
        }
    }

    /// `mkdir -p`: what is there already keeps its mode.
    static func make(_ path: String, mode: mode_t) throws(TrustError) {
        var status = stat()
        if lstat(path, &status) == 0 { return }
        let above = parent(of: path)
        if above != path { try make(above, mode: mode) }
        guard mkdir(path, mode) == 0 || errno == EEXIST else {
            throw .io(path: path, operation: "mkdir", errno: errno)
        }
    }

    /// `/a` for `/a/b`, `/` for `/a`, `.` for `a`.
    public static func parent(of path: String) -> String {
        let trimmed = path.utf8.reversed().drop { $0 == UInt8(ascii: "/") }
        let above = trimmed.drop { $0 != UInt8(ascii: "/") }
        if above.isEmpty { return path.hasPrefix("/") ? "/" : "." }
        let kept = above.drop { $0 == UInt8(ascii: "/") }
        return kept.isEmpty ? "/" : String(decoding: kept.reversed(), as: UTF8.self)
    }

    private static func resolved(_ path: String) throws(TrustError) -> String {
        guard let pointer = realpath(path, nil) else { throw .io(path: path, operation: "realpath", errno: errno) }
        defer { free(pointer) }
        return String(cString: pointer)
    }
}
