import Glibc
import Model
import ProcFS

/// A file that somebody logs to, opened to be read. It stays that file when it is renamed or removed.
struct OpenLog: Sendable {
    let file: SharedFD
    /// Made of device and inode: the same for every way that leads to the file.
    let identity: UInt64
    /// As the kernel tells it, in the place of the process; for texts only, never opened.
    let path: String

    struct Status: Sendable {
        var size: UInt64
        var changed: WallTime
    }

    init?(_ file: SharedFD, path: String) {
        var status = stat()
        guard fstat(file.raw, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        self.file = file
        self.path = path
        identity = UInt64(status.st_dev) &* 0x9E37_79B9_7F4A_7C15 ^ UInt64(status.st_ino)
    }

    /// `nil` where it cannot be told any more.
    var status: Status? {
        var status = stat()
        guard fstat(file.raw, &status) == 0 else { return nil }
        let changed = Int64(status.st_mtim.tv_sec).multipliedReportingOverflow(by: 1_000_000_000).partialValue
        return Status(
            size: UInt64(clamping: status.st_size),
            changed: WallTime(nanoseconds: changed &+ Int64(status.st_mtim.tv_nsec)))
    }

    /// Up to `count` bytes from `offset` on; fewer at the end, none where it cannot be read.
    func bytes(at offset: UInt64, _ count: Int) -> [UInt8] {
        guard let offset = off_t(exactly: offset), count > 0 else { return [] }
        return [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            while filled < count {
                let more = pread(file.raw, buffer.baseAddress.map { $0 + filled }, count - filled, offset + filled)
                if more > 0 { filled += more } else if more == 0 || errno != EINTR { return }
            }
        }
    }

    /// Where the first byte at or behind `offset` is that was ever written: what was cut off from the front of a file
    /// whose writer goes on at its old place is a hole. lseek(2), SEEK_DATA.
    func data(from offset: UInt64) -> UInt64 {
        guard let start = off_t(exactly: offset) else { return offset }
        let found = lseek(file.raw, start, Self.seekData)
        return found >= start ? UInt64(found) : offset
    }

    private static let seekData: CInt = 3

    /// Of the bytes before `offset`: other ones mean that it is not the place any more where somebody stopped reading.
    func check(before offset: UInt64) -> UInt32 {
        let count = min(offset, 32)
        var hash: UInt32 = 0x811C_9DC5  // FNV-1a
        for byte in bytes(at: offset - count, Int(count)) { hash = (hash ^ UInt32(byte)) &* 0x0100_0193 }
        return hash
    }
}
