import Control
import Glibc
import Model
import TestSupport
import Testing

@testable import Agent

@Suite struct NeighbourTests {
    @Test func itsAncestorsAreKnown() throws {
        let child = try Started(["/bin/sleep", "1000"])
        let neighbour = try Neighbour(pid: child.pid)
        #expect(neighbour.kin().prefix(2).map(\.pid) == [child.pid, getpid()])
        #expect(neighbour.descends(from: child.pid) && neighbour.descends(from: getpid()))
        #expect(!neighbour.descends(from: 999_999_999))
        #expect(neighbour.foreignRoot() == nil)
        guard case .ours = neighbour.network() else {
            Issue.record("another network")
            return
        }
    }

    @Test func aLaterProcessOfTheSameNumberIsAnother() throws {
        let child = try Started(["/bin/sleep", "1000"])
        let reference = try #require(Started.reference(to: child.pid))
        #expect(throws: Never.self) { _ = try Neighbour(pid: child.pid, startTicks: reference.startTicks) }
        #expect(throws: CallTrouble.failed("process \(child.pid) has ended")) {
            _ = try Neighbour(pid: child.pid, startTicks: reference.startTicks + 1)
        }
        child.end()
        #expect(throws: CallTrouble.self) { _ = try Neighbour(pid: child.pid) }
    }

    @Test func relationsAreRead() {
        func relation(_ text: String) -> [Int32]? {
            Neighbour.relation(in: Array(text.utf8)).map { [$0.parent, $0.innermost] }
        }
        #expect(relation("Name:\tx\nPid:\t40\nPPid:\t3\nNSpid:\t40\t7\n") == [3, 7])
        #expect(relation("Pid:\t40\nPPid:\t3\n") == [3, 40])
        #expect(relation("") == nil)
        #expect(relation("PPid:\tx\n") == nil)
        var random = SeededGenerator(seed: 4)
        for _ in 0..<200 { _ = relation(String(decoding: random.noise(200), as: UTF8.self)) }
    }

    /// As a container: its own pids, root directory and mounts.
    @Test(.enabled(if: geteuid() == 0 && access("/usr/bin/unshare", X_OK) == 0))
    func aContainersPlacesAreItsOwn() async throws {
        let folder = Folder()
        mkdir(folder.path + "/run", 0o755)
        let listener = """
            import os, socket, time
            s = socket.socket(socket.AF_UNIX); s.bind('/tmp/looptop-inside.sock'); s.listen()
            os.rename('/tmp/looptop-inside.sock', '/tmp/inside.sock')
            time.sleep(1000)
            """
        let script = try folder.write("listen.py", listener)
        // A mount of its own over /tmp: the socket is nowhere else.
        let outer = try Started([
            "/usr/bin/unshare", "--pid", "--fork", "--kill-child", "--mount", "/bin/sh", "-c",
            "mount --bind \(folder.path)/run /mnt && cp \(script) /mnt/x.py && mount --bind /mnt /tmp && exec python3 /mnt/x.py",
        ])
        let inner = try await eventually("the inner process") { Started.children(of: outer.pid).first }
        try await until("it listens") { access(folder.path + "/run/inside.sock", F_OK) == 0 }
        let neighbour = try Neighbour(pid: inner)
        #expect(neighbour.kin().first == Neighbour.Kin(pid: inner, innermost: 1))
        #expect(neighbour.descends(fromInnermost: 1) && neighbour.descends(from: outer.pid))
        let root = try #require(neighbour.foreignRoot())
        let place = try UnixPlace.open("/tmp/../tmp/inside.sock", below: root)
        let stream = try PeerStream(to: place, by: .after(.seconds(5)))
        #expect(try stream.peer().uid == 0)
        #expect(try stream.peer().pid == inner)
        #expect(throws: CallTrouble.self) { _ = try UnixPlace.open("/tmp/inside.sock", below: nil) }
        // A link in there does not lead out of it.
        symlink("/etc/hostname", folder.path + "/run/link")
        #expect(throws: CallTrouble.self) {
            let file = try UnixPlace.file("/tmp/link/../..\(folder.path)/listen.py", below: root, flags: O_RDONLY)
            _ = file
        }
        outer.end(with: SIGKILL)
    }
}
