import Glibc
import Trust

/// A directory of the agent's own that root makes for the user whom it is about to become.
struct OwnDirectory {
    var path: String
    /// Others may enter it, so that its mode does not tell that it is an agent's.
    var isForAll = false

    /// Makes the first that is missing on the way to it; what is below that, its user makes. Nothing where others could put
    /// something else in its place meanwhile: the user then finds it missing and says so.
    func make(for user: UserRecord) throws(Fatal) {
        var status = stat()
        if lstat(path, &status) == 0 { return try check(status, user: user) }
        var missing = path
        var above = Ancestors.parent(of: path)
        while stat(above, &status) != 0 {
            guard errno == ENOENT, above != "/" else { return }
            (missing, above) = (above, Ancestors.parent(of: above))
        }
        let isOpen = status.st_mode & (S_IWGRP | S_IWOTH) != 0 && status.st_mode & S_ISVTX == 0
        guard status.st_uid == 0, !isOpen else { return }
        guard mkdir(missing, 0o700) == 0 else { throw Fatal(.cannotCreate, "cannot make \(missing): \(reason(errno))") }
        let made = open(missing, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        guard made >= 0 else { throw Fatal(.cannotCreate, "cannot open \(missing): \(reason(errno))") }
        defer { close(made) }
        guard fchown(made, user.uid, user.gid) == 0 else {
            throw Fatal(.cannotCreate, "cannot give \(missing) to \(user.name): \(reason(errno))")
        }
    }

    /// To give away is only what looks like an agent's: `/run` must stay root's. Of anything else, who uses it says what is wrong.
    private func check(_ status: stat, user: UserRecord) throws(Fatal) {
        guard status.st_mode & S_IFMT == S_IFDIR, status.st_uid != user.uid, isForAll || status.st_mode & 0o077 == 0
        else { return }
        let owner = UserRecord(uid: status.st_uid).map(\.name) ?? "uid \(status.st_uid)"
        throw Fatal(
            .noPermission,
            "\(path) belongs to \(owner), and the agent is to run as \(user.name). If it is an agent's, run:  "
                + "chown -R \(user.name): '\(path)'")
    }
}
