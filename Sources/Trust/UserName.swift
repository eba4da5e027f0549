internal import Glibc

/// Users of this host by name. getpwnam_r(3).
public enum UserName {
    /// `nil` where there is no such user, or nobody can be asked.
    public static func uid(of name: String) -> UInt32? {
        var buffer = [CChar](repeating: 0, count: 1024)
        while buffer.count <= 1 << 20 {
            var entry = passwd()
            var found: UnsafeMutablePointer<passwd>?
            switch getpwnam_r(name, &entry, &buffer, buffer.count, &found) {
            case 0: return found == nil ? nil : entry.pw_uid
            case EINTR: continue
            case ERANGE: buffer = [CChar](repeating: 0, count: buffer.count * 2)
            default: return nil
            }
        }
        return nil
    }
}
