import Glibc

/// Copies bytes both ways between two streams, each of which reads and writes: what comes in on `input` goes to `socket`,
/// what comes from `socket` to `output`.
///
/// Flags of `input` and `output` stay as they are, for others may have the same open files: nothing is read or written but
/// what poll(2) says is possible.
struct BytePump {
    /// What is on its way in one direction, at most.
    static let room = 64 * 1024
    /// What a pipe that can be written takes at least: PIPE_BUF, pipe(7).
    static let pipeRoom = 4096

    /// One direction. It reads when all that it read before is written.
    private struct Lane {
        var bytes = [UInt8](repeating: 0, count: BytePump.room)
        var pending = 0..<0
        /// Nothing more can be read.
        var isAtEnd = false

        var wantsToRead: Bool { !isAtEnd && pending.isEmpty }
        var wantsToWrite: Bool { !pending.isEmpty }
        var isOver: Bool { isAtEnd && pending.isEmpty }

        mutating func read(from descriptor: CInt) {
            let count = Glibc.read(descriptor, &bytes, bytes.count)
            if count > 0 {
                pending = 0..<count
            } else if count == 0 || !BytePump.comesAgain(errno) {
                isAtEnd = true  // what cannot be read is as good as ended
            }
        }

        /// Whether the other side still takes something.
        mutating func write(to descriptor: CInt, atMost limit: Int, isSocket: Bool) -> Bool {
            let part = pending.prefix(limit)
            let count = bytes.withUnsafeBytes { raw in
                let start = raw.baseAddress.map { $0 + part.lowerBound }
                return isSocket
                    ? send(descriptor, start, part.count, CInt(MSG_DONTWAIT) | CInt(MSG_NOSIGNAL))
                    : Glibc.write(descriptor, start, part.count)
            }
            guard count >= 0 else { return BytePump.comesAgain(errno) }
            pending = pending.lowerBound + count..<pending.upperBound
            return true
        }

        /// Nobody takes what it brings.
        mutating func giveUp() {
            pending = 0..<0
            isAtEnd = true
        }
    }

    let input: CInt
    let output: CInt
    let socket: CInt

    /// Until `socket` brings nothing more and all of it is written, or nobody reads `output`. The end of `input` is told to
    /// `socket`, which may still have something to say.
    func run() {
        var there = Lane()
        var back = Lane()
        var isToldTheEnd = false
        let outputIsSocket = Self.isSocket(output)
        while !back.isOver {
            if there.isOver, !isToldTheEnd {
                shutdown(socket, CInt(SHUT_WR))
                isToldTheEnd = true
            }
            let wanted = (back.wantsToRead ? POLLIN : 0) | (there.wantsToWrite ? POLLOUT : 0)
            // A descriptor of which nothing is wanted is left out: poll tells of its end all the same, again and again.
            var entries = [
                pollfd(fd: there.wantsToRead ? input : -1, events: Int16(POLLIN), revents: 0),
                pollfd(fd: wanted != 0 ? socket : -1, events: Int16(wanted), revents: 0),
                // That its reader is gone is wanted always.
                pollfd(fd: output, events: Int16(back.wantsToWrite ? POLLOUT : 0), revents: 0),
            ]
            guard poll(&entries, nfds_t(entries.count), -1) >= 0 else {
                if errno == EINTR { continue }
                return
            }
            if entries[0].revents != 0 { there.read(from: input) }
            if there.wantsToWrite, entries[1].revents & Int16(POLLOUT | POLLERR | POLLHUP) != 0,
                !there.write(to: socket, atMost: Self.room, isSocket: true)
            {
                there.giveUp()
            }
            if back.wantsToRead, entries[1].revents & ~Int16(POLLOUT) != 0 { back.read(from: socket) }
            if entries[2].revents & Int16(POLLERR | POLLHUP | POLLNVAL) != 0 { return }
            if back.wantsToWrite, entries[2].revents != 0,
                !back.write(
                    to: output, atMost: outputIsSocket ? Self.room : Self.pipeRoom, isSocket: outputIsSocket)
            {
                return
            }
        }
    }

    private static func comesAgain(_ number: CInt) -> Bool { number == EINTR || number == EAGAIN }

    private static func isSocket(_ descriptor: CInt) -> Bool {
        var type: CInt = 0
        var size = socklen_t(MemoryLayout<CInt>.size)
        return getsockopt(descriptor, SOL_SOCKET, SO_TYPE, &type, &size) == 0
    }
}
