public import Glibc

/// Whose a file is, and what others may do with it: lstat(2).
public struct FileStatus: Equatable {
    public let owner: uid_t
    public let group: gid_t
    /// The nine bits of permissions, and the three above them.
    public let permissions: mode_t

    /// `nil` where there is no such file.
    public init?(_ path: String) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return nil }
        owner = status.st_uid
        group = status.st_gid
        permissions = status.st_mode & 0o7777
    }
}
