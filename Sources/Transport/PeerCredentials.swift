internal import Glibc
internal import Model
internal import NIOCore

/// Who connected over a unix socket, as the kernel saw it when they did. Source: `SO_PEERCRED`, unix(7).
struct PeerCredentials: Sendable {
    var uid: UInt32
    var pid: Int32

    var peer: Peer { .local(uid: uid, pid: pid) }

    /// On the channel's event loop; nil when the kernel does not tell.
    init?(of channel: any Channel) {
        do {
            let found = try channel.pipeline.syncOperations.withUnsafeTransportIfAvailable(
                of: NIOBSDSocket.Handle.self
            ) { PeerCredentials(of: $0) }
            guard let found = found.flatMap({ $0 }) else { return nil }
            self = found
        } catch { return nil }  // closed meanwhile
    }

    /// Of a connected unix socket.
    init?(of descriptor: CInt) {
        // struct ucred, which the Glibc module leaves out: pid, uid, gid.
        var credentials: [UInt32] = [0, 0, 0]
        let bytes = credentials.count * MemoryLayout<UInt32>.size
        var size = socklen_t(bytes)
        guard getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &credentials, &size) == 0, Int(size) == bytes else {
            return nil
        }
        pid = Int32(bitPattern: credentials[0])
        uid = credentials[1]
    }
}
