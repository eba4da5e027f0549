import Glibc
import Model
import NIOCore
import NIOPosix
import Testing

@testable import Transport

struct UnixSocketTests {
    private func mode(_ path: String) throws -> UInt32 { try FileStatus.of(path).get().mode }

    private func failure(_ path: String) throws -> TransportError? {
        let network = Network()
        defer { network.shutdown() }
        do throws(TransportError) {
            try network.listen(unix: path, allow: { _ in true }, accept: { Recorder() }).close()
            return nil
        } catch { return error }
    }

    @Test func theDirectoryIsMadeForItsOwnerAloneAndTheSocketToo() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("state/agent.sock")
        let agent = try ListeningAgent(unix: path)
        defer { agent.network.shutdown() }
        #expect(try mode(directory.file("state")) == 0o700)
        #expect(try mode(path) == 0o600)
        #expect(agent.listener.port == nil)
        agent.listener.close()
        #expect(access(path, F_OK) != 0)
    }

    @Test func aDirectoryThatOthersMayEnterIsRefusedWithTheChmodLine() throws {
        let directory = try TemporaryDirectory()
        chmod(directory.path, 0o750)
        let error = try failure(directory.file("agent.sock"))
        #expect(
            error
                == .unsafeDirectory(
                    path: directory.path, reason: "mode 0750 lets other users in",
                    remedy: "chmod 0700 \(directory.path)"))
        #expect(error?.text.contains("chmod 0700 \(directory.path)") == true)
        #expect(access(directory.file("agent.sock"), F_OK) != 0)
    }

    /// `/tmp` must stay everybody's.
    @Test func aDirectoryOfEverybodyIsRefusedAndStaysSo() throws {
        let directory = try TemporaryDirectory()
        chmod(directory.path, 0o1777)
        #expect(
            try failure(directory.file("agent.sock"))
                == .unsafeDirectory(
                    path: directory.path, reason: "mode 01777 lets other users in",
                    remedy: "give --socket a path in a directory of its own"))
        #expect(try mode(directory.path) == 0o1777)
    }

    @Test(.enabled(if: geteuid() == 0, "only root can give directories away"))
    func aDirectoryOfAnotherUserIsRefused() throws {
        let directory = try TemporaryDirectory()
        #expect(chown(directory.path, 65534, 65534) == 0)
        #expect(
            try failure(directory.file("agent.sock"))
                == .unsafeDirectory(
                    path: directory.path, reason: "belongs to user id 65534, not 0",
                    remedy: "choose another path with --socket"))
    }

    @Test func aSymbolicLinkInPlaceOfTheDirectoryIsRefused() throws {
        let directory = try TemporaryDirectory()
        #expect(mkdir(directory.file("real"), 0o700) == 0)
        #expect(symlink(directory.file("real"), directory.file("link")) == 0)
        guard case .unsafeDirectory(_, "not a directory", _)? = try failure(directory.file("link/agent.sock")) else {
            throw Unexpected("accepted")
        }
    }

    @Test func aSocketWhoseProcessIsGoneIsReplaced() async throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("agent.sock")
        let abandoned = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0)
        #expect(bindUnix(abandoned, path) == 0)
        close(abandoned)
        #expect(access(path, F_OK) == 0)

        let agent = try ListeningAgent(unix: path)
        defer { agent.network.shutdown() }
        let dashboard = Recorder()
        agent.network.connect(unix: path, delegate: dashboard)
        _ = try await dashboard.opened()
    }

    @Test func aSocketOnWhichSomebodyAnswersIsLeftAlone() async throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("agent.sock")
        let agent = try ListeningAgent(unix: path)
        defer { agent.network.shutdown() }
        #expect(try failure(path) == .addressInUse(path))
        let dashboard = Recorder()
        agent.network.connect(unix: path, delegate: dashboard)
        _ = try await dashboard.opened()
    }

    @Test func aFileThatIsNoSocketIsLeftAlone() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("agent.sock")
        close(creat(path, 0o600))
        #expect(try failure(path) == .notASocket(path: path))
        #expect(access(path, F_OK) == 0)
    }

    @Test func closingLeavesTheSocketOfAnotherProcessAlone() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("agent.sock")
        let agent = try ListeningAgent(unix: path)
        defer { agent.network.shutdown() }
        #expect(rename(path, directory.file("old.sock")) == 0)  // keeps its inode from being used again
        close(creat(path, 0o600))
        agent.listener.close()
        #expect(access(path, F_OK) == 0)
    }

    @Test func aPathOf108BytesIsRefusedAndOf107Not() throws {
        let directory = try TemporaryDirectory()
        let name = String(repeating: "s", count: 107 - directory.path.utf8.count - 1)
        #expect(try failure(directory.file(name)) == nil)
        let long = directory.file(name + "s")
        #expect(try failure(long) == .pathTooLong(path: long, bytes: 108))
    }

    @Test func aUserWhoIsNotAllowedIsClosedBeforeAnyByte() async throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("agent.sock")
        let network = Network()
        defer { network.shutdown() }
        let recorder = Recorder(onOpen: { $0.close(after: nil) })
        let listener = try network.listen(unix: path, allow: { $0 != getuid() }, accept: { recorder })
        let client = try await RawClient.connect(network, to: SocketAddress(unixDomainSocketPath: path))
        try await client.closed()
        #expect(client.bytes == [])
        let end = try await recorder.closing()
        guard case .other(let text) = end.reason else { throw Unexpected("\(end)") }
        #expect(text == "user id \(getuid()) may not connect to this socket")
        #expect(!end.wasOpen)
        listener.close()
    }

    private func bindUnix(_ descriptor: CInt, _ path: String) -> CInt {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        return withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }
}
