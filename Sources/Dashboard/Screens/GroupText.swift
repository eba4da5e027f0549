import Console
import Model

extension GroupInfo {
    /// What will bring a worker of the group back, as far as is known.
    var respawnText: String {
        let master = masterPID.map { "pid \($0)" } ?? "pid unknown"
        switch respawn {
        case .master: return "its master (\(kind.word), \(master)) starts a new one"
        case .parentMay: return "its parent (\(master)) may start it again; unknown until tried"
        case .nothingKnown: return "nothing is known to start it again"
        case .manager: return "\(manager?.text ?? "its manager") starts it again, where it is told to"
        case .never: return "its master (\(kind.word), \(master)) does not start a new one"
        }
    }

    var portsText: String { ports.prefix(4).map { ":\($0)" }.joined(separator: " ") + (ports.count > 4 ? " ..." : "") }
}

extension Manager {
    /// `systemd web.service`; a container by as much of its id as people use.
    var text: String {
        let isHash =
            name.utf8.count == 64 && name.utf8.allSatisfy { $0 < 128 && UnicodeScalar($0).properties.isASCIIHexDigit }
        return "\(kind.word) \(isHash ? String(name.prefix(12)) : name)"
    }
}
