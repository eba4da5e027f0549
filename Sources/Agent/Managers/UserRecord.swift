import Glibc

/// A user as the system's user database has them. getpwuid_r(3), getgrouplist(3).
struct UserRecord: Hashable, Sendable {
    var uid: UInt32
    var gid: UInt32
    /// `gid` among them.
    var groups: [UInt32]
    var name: String
    var home: String

    /// `nil` where there is no such user.
    init?(uid: UInt32) {
        var texts: (name: String, home: String, gid: UInt32)?
        var size = 1024
        var answer = ERANGE
        while answer == ERANGE, size <= 1 << 20 {
            withUnsafeTemporaryAllocation(of: CChar.self, capacity: size) { buffer in
                var record = passwd()
                var found: UnsafeMutablePointer<passwd>?
                guard let room = buffer.baseAddress else { return }
                answer = getpwuid_r(uid, &record, room, buffer.count, &found)
                guard answer == 0, found != nil, let name = record.pw_name, let home = record.pw_dir else { return }
                texts = (String(cString: name), String(cString: home), record.pw_gid)
            }
            size *= 4
        }
        guard let texts else { return nil }
        (name, home, gid) = texts
        self.uid = uid
        groups = [gid]
        var count: CInt = 64
        for _ in 0..<8 {
            var list = [gid_t](repeating: 0, count: Int(count))
            let answer = getgrouplist(name, gid, &list, &count)
            guard answer < 0 else {
                groups = Array(list.prefix(Int(count)))
                return
            }
            count = max(count, CInt(list.count) * 2)  // `count` is what it needs
        }
        // A user in so many groups keeps the first one only.
    }
}
