import Console
import Model

extension GroupInfo {
    /// What will bring a worker of the group back, as far as is known.
    var respawnText: String { respawnText(nil, nil) }

    /// - Parameters:
    ///   - experience: what its host learned by restarts, where that was asked for.
    ///   - restarts: ends that nobody asked for, of the slot that had most.
    func respawnText(_ experience: Experience?, _ restarts: Restarts?) -> String {
        let master = masterPID.map { "pid \($0)" } ?? "pid unknown"
        switch respawn {
        case .master: return "its master (\(kind.word), \(master)) starts a new one"
        case .parentMay:
            let tried = (experience?.replaced ?? 0) + (experience?.notReplaced ?? 0)
            guard let experience, tried > 0 else {
                // After each but the last one there was somebody in the slot who could end.
                guard let seen = restarts.map({ Int($0.inHour) - 1 }), seen > 0 else {
                    return "its parent (\(master)) may start it again; unknown until tried"
                }
                let times = seen == 1 ? "once" : "\(seen) times"
                return "its parent (\(master)) started a new one \(times) in the last hour, after ends that looptop "
                    + "did not make; after a restart unknown until tried"
            }
            return "its parent (\(master)) did so after \(experience.replaced) of \(tried) restarts tried here"
        case .nothingKnown: return "nothing is known to start it again"
        case .manager: return "\(manager?.text ?? "its manager") starts it again, where it is told to"
        case .never: return "its master (\(kind.word), \(master)) does not start a new one"
        }
    }

    var portsText: String { ports.prefix(4).map { ":\($0)" }.joined(separator: " ") + (ports.count > 4 ? " ..." : "") }
}

extension FleetHost {
    /// What will bring a worker of an app back, as far as is known and was seen.
    func respawnText(of group: GroupTrack) -> String {
        group.info.respawnText(experience(of: group.info.key), group.row.restarts)
    }

    /// What the host said it learned of that group's restarts, with the newest answer that has it.
    func experience(of groupKey: String) -> Experience? {
        let told = answers.compactMap { question, answer -> (MonotonicInstant, Experience)? in
            switch (question, answer.body) {
            case (.lives(groupKey, _), .lives(_, let experience)): (answer.at, experience)
            case (.offers(.group(let target)), .offers(_, let experience)) where target.key == groupKey:
                (answer.at, experience)
            default: nil
            }
        }
        return told.max { $0.0 < $1.0 }?.1
    }
}

extension Manager {
    /// `systemd web.service`; a container by as much of its id as people use.
    var text: String {
        let isHash =
            name.utf8.count == 64 && name.utf8.allSatisfy { $0 < 128 && UnicodeScalar($0).properties.isASCIIHexDigit }
        return "\(kind.word) \(isHash ? String(name.prefix(12)) : name)"
    }
}
