import Glibc
import NIOCore
import NIOPosix
import Synchronization

@testable import Transport

/// The `openssl` tool, where there is one: a client that does on purpose what NIOSSL's cannot, such as resuming.
struct OpenSSL {
    let path: String

    /// nil when the tool is not installed.
    static let found: OpenSSL? = ["/usr/bin/openssl", "/usr/local/bin/openssl"]
        .first { (path: String) in access(path, X_OK) == 0 }.map { OpenSSL(path: $0) }

    struct Failed: Error {
        var what: String
        var number: CInt
    }

    /// Runs it to its end, at most 10 s; standard input is empty. What it wrote, both streams.
    func run(_ network: Network, _ arguments: [String]) async throws -> String {
        var ends: [CInt] = [0, 0]
        guard pipe(&ends) == 0 else { throw Failed(what: "pipe", number: errno) }
        // Another process that a test starts just now may inherit them: it then only ends the wait later.
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
        posix_spawn_file_actions_adddup2(&actions, ends[1], 2)
        var pointers: [UnsafeMutablePointer<CChar>?] = ([path] + arguments).map { strdup($0) } + [nil]
        defer { for pointer in pointers { free(pointer) } }
        var pid: pid_t = 0
        let result = posix_spawn(&pid, path, &actions, nil, &pointers, environ)
        close(ends[1])
        guard result == 0 else {
            close(ends[0])
            throw Failed(what: "posix_spawn", number: result)
        }
        let child = pid
        let killer = network.schedule(after: .seconds(10)) { kill(child, SIGKILL) }
        let output = Output()
        let channel = try await NIOPipeBootstrap(group: network.loop)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(Reader(output)) }
            }
            .takingOwnershipOfDescriptor(input: ends[0]).get()
        try await channel.closeFuture.get()
        // Its output has ended, so it is about to; until it is reaped the pid stays its own.
        waitpid(child, nil, 0)
        killer.cancel()
        return String(decoding: output.bytes.withLock { $0 }, as: UTF8.self)
    }

    private final class Output: Sendable {
        let bytes = Mutex<[UInt8]>([])
    }

    private final class Reader: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private let output: Output

        init(_ output: Output) { self.output = output }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let bytes = Array(unwrapInboundIn(data).readableBytesView)
            output.bytes.withLock { $0 += bytes }
        }
    }
}
