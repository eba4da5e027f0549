import Model
import ProcFS

/// Whether a worker alone takes connections from a listener.
///
/// Prefork workers share one: a connection that waits there may be taken by any of them, and says nothing of one. So it
/// counts only where no other process is seen to hold the socket: siblings and children, which are who inherits it. The
/// parent counts where it has an epoll descriptor; a master that only keeps the socket for its workers takes nothing.
/// Processes that the agent may not look into are not seen.
struct ListenerHolders {
    static let pause = Duration.seconds(30)
    /// Workers of one master were made one after the other: the nearest of them tell enough.
    static let usualRelatives = 16
    /// Inherited descriptors are low ones.
    static let maximumDescriptors = 64

    /// Relatives looked into for one verdict, from the nearest number on.
    let maximumRelatives: Int
    private var verdicts: [UInt64: (isAlone: Bool, until: MonotonicInstant)] = [:]

    init(maximumRelatives: Int = usualRelatives) { self.maximumRelatives = maximumRelatives }

    mutating func isAlone(_ pid: Int32, with inode: UInt64, reader: ProcReader, now: MonotonicInstant) -> Bool {
        if let verdict = verdicts[inode], now < verdict.until { return verdict.isAlone }
        let isAlone = look(pid, with: inode, reader: reader)
        verdicts = verdicts.filter { now < $0.value.until }
        verdicts[inode] = (isAlone, now + Self.pause)
        return isAlone
    }

    private func look(_ pid: Int32, with inode: UInt64, reader: ProcReader) -> Bool {
        do {
            let parent = try reader.processStat(ofProcess: pid).parentPID
            var relatives = try reader.children(of: pid)
            if parent > 0 {
                if let listing = Self.sockets(of: parent, reader: reader), listing.hasEventPoll, listing.holds(inode) {
                    return false
                }
                relatives += try reader.children(of: parent).filter { $0 != pid }
            }
            relatives.sort { ($0 - pid).magnitude < ($1 - pid).magnitude }
            return !relatives.prefix(maximumRelatives).contains {
                Self.sockets(of: $0, reader: reader)?.holds(inode) ?? false
            }
        } catch {
            return false  // who else there is cannot be told
        }
    }

    private static func sockets(of pid: Int32, reader: ProcReader) -> SocketListing? {
        do {
            return try reader.sockets(of: try reader.processDirectory(pid), limit: maximumDescriptors)
        } catch {
            return nil  // gone, or not to be looked into
        }
    }
}

extension SocketListing {
    fileprivate func holds(_ inode: UInt64) -> Bool { sockets.contains { $0.inode == inode } }
}
