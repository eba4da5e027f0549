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
        // struct ucred, which the Glibc module leaves out: pid, uid, gid.
        var credentials: [UInt32] = [0, 0, 0]
        let bytes = credentials.count * MemoryLayout<UInt32>.size
        let isKnown: Bool?
        do {
            isKnown = try channel.pipeline.syncOperations.withUnsafeTransportIfAvailable(
                of: NIOBSDSocket.Handle.self
            ) { descriptor in
                var size = socklen_t(bytes)
                let result = getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &credentials, &size)
                return result == 0 && Int(size) == bytes
            }
        } catch { return nil }  // closed meanwhile
        guard isKnown == true else { return nil }
        pid = Int32(bitPattern: credentials[0])
        uid = credentials[1]
    }
}
