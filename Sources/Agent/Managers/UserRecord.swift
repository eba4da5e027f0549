import Glibc

/// A user as the system's user database has them. getpwuid_r(3), getpwnam_r(3), getgrouplist(3).
struct UserRecord: Hashable, Sendable {
    var uid: UInt32
    var gid: UInt32
    /// `gid` among them.
    var groups: [UInt32]
    var name: String
    var home: String

    /// `nil` where there is no such user.
    init?(uid: UInt32) { self.init { getpwuid_r(uid, $0, $1, $2, $3) } }
    init?(name: String) { self.init { getpwnam_r(name, $0, $1, $2, $3) } }

    private typealias Found = UnsafeMutablePointer<passwd>

    private init?(lookUp: (Found, UnsafeMutablePointer<CChar>, Int, UnsafeMutablePointer<Found?>) -> CInt) {
        var texts: (uid: UInt32, gid: UInt32, name: String, home: String)?
        var size = 1024
        var answer = ERANGE
        while answer == ERANGE, size <= 1 << 20 {
            withUnsafeTemporaryAllocation(of: CChar.self, capacity: size) { buffer in
                var record = passwd()
                var found: Found?
                guard let room = buffer.baseAddress else { return }
                answer = lookUp(&record, room, buffer.count, &found)
                guard answer == 0, found != nil, let name = record.pw_name, let home = record.pw_dir else { return }
                texts = (record.pw_uid, record.pw_gid, String(cString: name), String(cString: home))
            }
            size *= 4
        }
        guard let texts else { return nil }
        (uid, gid, name, home) = texts
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
