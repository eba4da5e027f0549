import Model
import ProcFS

/// Which sockets a process has, as of one reading of its descriptors.
struct SocketHolding: Sendable {
    enum Reading: Sendable {
        case held(SocketHolding)
        /// Another user's, and the agent may not look into it.
        case denied
        case gone
    }

    /// 1.5 us each. Of a process with more, its connections are unknown.
    static let maximumDescriptors = 100_000

    /// Inode of its network namespace.
    var namespace: UInt64
    /// Ascending, each once; as sock_diag(7) has them, which keeps 32 bits.
    var inodes: [UInt32]
    var readAt: MonotonicInstant
    /// False when there were more descriptors.
    var isComplete: Bool

    func contains(_ inode: UInt32) -> Bool {
        var (low, high) = (0, inodes.count)
        while low < high {
            let middle = (low + high) / 2
            if inodes[middle] < inode { low = middle + 1 } else { high = middle }
        }
        return low < inodes.count && inodes[low] == inode
    }

    /// Of that very process: another one of its number is `gone`.
    static func read(_ process: ProcessRef, by reader: ProcReader, now: MonotonicInstant) -> Reading {
        do throws(ProcError) {
            let directory = try reader.processDirectory(process.pid)
            guard try reader.processStat(of: directory).startTicks == process.startTicks else { return .gone }
            let namespace = try reader.networkNamespace(of: directory)
            let listing = try reader.sockets(of: directory, limit: maximumDescriptors)
            var inodes: [UInt32] = []
            inodes.reserveCapacity(listing.sockets.count)
            for socket in listing.sockets { inodes.append(UInt32(truncatingIfNeeded: socket.inode)) }
            inodes.sort()
            var last: UInt32?
            inodes.removeAll { inode in
                defer { last = inode }
                return inode == last
            }
            return .held(
                SocketHolding(namespace: namespace, inodes: inodes, readAt: now, isComplete: listing.next == nil))
        } catch .vanished {
            return .gone
        } catch {
            return .denied
        }
    }
}
