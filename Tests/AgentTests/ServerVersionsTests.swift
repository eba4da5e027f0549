import Discovery
import Glibc
import Model
import TestSupport
import Testing

@testable import Agent

@Suite struct ServerVersionsTests {
    /// A root directory as a process would see it, with packages in it, below a made-up `/proc`.
    private final class Place {
        let path: String
        private var made: [String] = []

        init(_ directories: String...) throws {
            var template = Array("/tmp/looptop-agent-XXXXXX".utf8CString)
            let name = template.withUnsafeMutableBufferPointer { buffer in
                buffer.baseAddress.flatMap { mkdtemp($0) }.map { String(cString: $0) }
            }
            guard let name else { throw SystemError(call: "mkdtemp", errno: errno) }
            path = name
            made = [name]
            for directory in directories { make("7/root" + directory) }
        }

        func make(_ directory: String) {
            var parent = path
            for part in directory.split(separator: "/") {
                parent += "/\(part)"
                if mkdir(parent, 0o700) == 0 { made.append(parent) }
            }
        }

        func link(_ name: String, to target: String) {
            symlink(target, "\(path)/7/root\(name)")
            made.append("\(path)/7/root\(name)")
        }

        deinit { for entry in made.reversed() { remove(entry) } }
    }

    private static let later = WallTime(nanoseconds: .max)

    private static func version(_ place: Place, _ line: String, started: WallTime = later) -> String? {
        var versions = ServerVersions(procRoot: place.path)
        return versions.version(of: master(line), kind: .uvicorn, started: started)
    }

    private static func master(_ line: String) -> ProcessEntry {
        ProcessEntry(
            pid: 7, parentPID: 1, startTicks: 1, uid: 0, name: "uvicorn",
            arguments: line.split(separator: " ").map(String.init), executable: "/usr/bin/python3.11")
    }

    @Test func debiansIsFound() throws {
        let place = try Place("/usr/lib/python3/dist-packages/uvicorn-0.17.6.egg-info")
        #expect(Self.version(place, "/usr/bin/python3 /usr/bin/uvicorn app:app --workers 2") == "0.17.6")
    }

    @Test func localPackagesComeFirst() throws {
        let place = try Place(
            "/usr/lib/python3/dist-packages/uvicorn-0.17.6.egg-info",
            "/usr/local/lib/python3.11/dist-packages/uvicorn-0.30.1.dist-info")
        #expect(Self.version(place, "/usr/bin/python3 -m uvicorn app:app") == "0.30.1")
    }

    @Test func aVirtualEnvironmentHasItsOwn() throws {
        let place = try Place(
            "/usr/lib/python3/dist-packages/uvicorn-0.17.6.egg-info",
            "/srv/venv/lib/python3.11/site-packages/uvicorn-0.34.0.dist-info")
        place.link("/srv/venv/lib64", to: "lib")
        #expect(Self.version(place, "/srv/venv/bin/python /srv/venv/bin/uvicorn app:app") == "0.34.0")
        #expect(Self.version(place, "/srv/other/bin/python -m uvicorn app:app") == nil)
    }

    @Test func whatCannotBeToldIsUnknown() throws {
        let place = try Place(
            "/srv/a/lib/python3.9/site-packages/uvicorn-0.17.6.dist-info",
            "/srv/a/lib/python3.11/site-packages/uvicorn-0.30.1.dist-info",
            "/srv/b/lib/python3.11/site-packages/uvicorn-0.17.6.dist-info",
            "/srv/b/lib/python3.11/site-packages/uvicorn-0.30.1.dist-info")
        #expect(Self.version(place, "/srv/a/bin/python -m uvicorn x") == nil)
        #expect(Self.version(place, "/srv/b/bin/python -m uvicorn x") == nil)
        #expect(Self.version(try Place(), "/usr/bin/python3 /usr/bin/uvicorn x") == nil)
    }

    /// The old code goes on running after an upgrade.
    @Test func whatWasInstalledSinceItStartedIsNotWhatRuns() throws {
        let place = try Place("/usr/lib/python3/dist-packages/uvicorn-0.30.1.dist-info")
        #expect(Self.version(place, "/usr/bin/python3 /usr/bin/uvicorn x", started: WallTime(nanoseconds: 1)) == nil)
    }

    @Test func linksOfAServerLeadNowhereElse() throws {
        let place = try Place("/usr/lib/python3/dist-packages/uvicorn-0.17.6.egg-info", "/srv")
        place.link("/srv/venv", to: "/../../../../../../usr")
        #expect(Self.version(place, "/srv/venv/bin/python -m uvicorn x") == "0.17.6")
    }

    @Test func itIsLookedForOnce() throws {
        let place = try Place("/usr/lib/python3/dist-packages/uvicorn-0.17.6.egg-info")
        var versions = ServerVersions(procRoot: place.path)
        let master = Self.master("/usr/bin/python3 /usr/bin/uvicorn x")
        let process = ProcessRef(pid: 7, startTicks: 1)
        #expect(versions.version(of: master, kind: .uvicorn, started: Self.later) == "0.17.6")
        place.make("7/root/usr/local/lib/python3/dist-packages/uvicorn-0.30.1.dist-info")
        versions.keep([process])
        #expect(versions.version(of: master, kind: .uvicorn, started: Self.later) == "0.17.6")
        versions.keep([])
        #expect(versions.version(of: master, kind: .uvicorn, started: Self.later) == "0.30.1")
        #expect(versions.version(of: master, kind: .gunicorn, started: Self.later) == nil)
    }
}
