import Glibc
import TestSupport
import Testing

@testable import Transport

struct OpenSocketTests {
    private func mode(_ path: String) throws -> UInt32 { try FileStatus.of(path).get().mode }

    private func open(_ path: String, opensDirectory: Bool = false) throws(TransportError) -> OpenSocket {
        try OpenSocket(path, opensDirectory: opensDirectory, flag: "--its-socket")
    }

    private func connect(to path: String) -> CInt {
        let descriptor = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        _ = withUnsafePointer(to: address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        return descriptor
    }

    @Test func whoMayEnterTheDirectoryMayConnect() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("open/runtime.sock")
        var listening: OpenSocket? = try open(path, opensDirectory: true)
        #expect(try mode(directory.file("open")) == 0o755)
        #expect(try mode(path) == 0o666)
        #expect(listening?.accept() == nil)
        let client = connect(to: path)
        let peer = try #require(listening?.accept())
        #expect(peer.pid == getpid())
        #expect(peer.uid == getuid())
        #expect(OpenSocket.isAlive(peer) != false)
        close(peer.descriptor)
        close(client)
        listening = nil
        #expect(access(path, F_OK) != 0)
    }

    @Test func aDirectoryThatIsNotForThisAloneStaysAsItIs() throws {
        let directory = try TemporaryDirectory()
        let listening = try open(directory.file("closed/runtime.sock"))
        #expect(try mode(directory.file("closed")) == 0o700)
        #expect(try mode(listening.path) == 0o666)
    }

    @Test func aDirectoryThatOthersMayWriteToIsRefused() throws {
        let directory = try TemporaryDirectory()
        chmod(directory.path, 0o775)
        #expect(
            throws: TransportError.unsafeDirectory(
                path: directory.path, reason: "mode 0775 lets other users write",
                remedy: "chmod 0755 \(directory.path)")
        ) { try open(directory.file("runtime.sock"), opensDirectory: true) }
        #expect(try mode(directory.path) == 0o775)
    }

    @Test func aSymbolicLinkIsNotFollowed() throws {
        let directory = try TemporaryDirectory()
        #expect(mkdir(directory.file("real"), 0o700) == 0)
        #expect(symlink(directory.file("real"), directory.file("link")) == 0)
        #expect(
            throws: TransportError.unsafeDirectory(
                path: directory.file("link"), reason: "not a directory",
                remedy: "choose another path with --its-socket")
        ) { try open(directory.file("link/runtime.sock")) }
    }

    @Test func aPeerThatEndedIsNotAlive() throws {
        let directory = try TemporaryDirectory()
        let listening = try open(directory.file("runtime.sock"))
        let script = "import socket,sys;s=socket.socket(socket.AF_UNIX);s.connect(sys.argv[1])"
        let child = try Child(["python3", "-c", script, listening.path])
        child.finish()
        child.reap()
        let peer = try #require(listening.accept())
        defer { close(peer.descriptor) }
        #expect(peer.pid == child.pid)
        #expect(OpenSocket.isAlive(peer) != true)
    }
}
