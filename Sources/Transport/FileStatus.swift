internal import Glibc

/// The four things asked of lstat(2).
///
/// A detour: in this module the compiler (6.3) takes the C type `stat` for CoreFoundation's, which NIOSSL's and Trust's
/// dependencies load beside Glibc, and `MemberImportVisibility` then hides its members from every file. A witness of a
/// protocol of our own is found all the same.
struct FileStatus {
    var kind: UInt32
    /// Permission bits.
    var mode: UInt32
    var uid: UInt32
    var identity: FileIdentity

    /// Of the file itself, not of what a symbolic link points to. The error is the errno.
    static func of(_ path: String) -> Result<FileStatus, Errno> { read(path, into: stat.self) }

    struct Errno: Error {
        var number: CInt
    }

    private static func read<Fields: StatusFields>(
        _ path: String, into type: Fields.Type
    ) -> Result<FileStatus, Errno> {
        var fields = Fields()
        let result = withUnsafeMutablePointer(to: &fields) { pointer in
            UnsafeMutableRawPointer(pointer).withMemoryRebound(to: stat.self, capacity: 1) { lstat(path, $0) }
        }
        guard result == 0 else { return .failure(Errno(number: errno)) }
        return .success(
            FileStatus(
                kind: fields.st_mode & S_IFMT, mode: fields.st_mode & 0o7777, uid: fields.st_uid,
                identity: FileIdentity(device: fields.st_dev, inode: fields.st_ino)))
    }
}

/// Which file, whatever its name.
struct FileIdentity: Equatable, Sendable {
    var device: dev_t
    var inode: ino_t
}

// The kernel's names, or they would be no witnesses.
// swift-format-ignore: AlwaysUseLowerCamelCase
private protocol StatusFields {
    init()
    var st_mode: mode_t { get }
    var st_uid: uid_t { get }
    var st_dev: dev_t { get }
    var st_ino: ino_t { get }
}

extension stat: StatusFields {}
