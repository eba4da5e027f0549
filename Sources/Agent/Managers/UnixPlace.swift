import CLinux
import Control
import Glibc
import ProcFS

/// Unix sockets by their path, as the process sees it for whose sake they are asked.
enum UnixPlace {
    /// Holds the socket without connecting to it.
    static func open(_ path: String, below root: SharedFD?) throws(CallTrouble) -> OwnedFD {
        let place = try file(path, below: root, flags: looptop_path_only)
        var status = stat()
        guard fstat(place.raw, &status) == 0, status.st_mode & S_IFMT == S_IFSOCK else {
            throw .failed("\(path) is not a socket")
        }
        return place
    }

    /// Opens a file below `root`, or below our own `/`.
    static func file(_ path: String, below root: SharedFD?, flags: CInt) throws(CallTrouble) -> OwnedFD {
        guard path.hasPrefix("/"), path.utf8.count < Int(PATH_MAX), !path.utf8.contains(0) else {
            throw .failed("\(excerpt(path, limit: 120)) is no path")
        }
        let raw: CInt
        if let root {
            raw = looptop_open_in_root(root.raw, path, flags)
        } else {
            let opened = Glibc.open(path, flags | O_CLOEXEC)
            raw = opened >= 0 ? opened : -errno
        }
        guard raw >= 0 else { throw .failed("\(path): \(reason(-raw))") }
        return OwnedFD(adopting: raw)
    }
}
