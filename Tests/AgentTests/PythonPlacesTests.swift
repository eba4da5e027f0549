import Discovery
import Testing

@testable import Agent

@Suite struct PythonPlacesTests {
    private static func prefixes(_ line: String, directory: String? = nil) -> [String] {
        let entry = ProcessEntry(
            pid: 7, parentPID: 1, startTicks: 1, uid: 0, name: "python3",
            arguments: line.split(separator: " ").map(String.init), executable: "/usr/bin/python3.11",
            workingDirectory: directory)
        return PythonPlaces.prefixes(of: entry, running: "uvicorn")
    }

    @Test(arguments: [
        ("/usr/bin/python3 /usr/bin/uvicorn app:app --workers 2", ["/usr/local", "/usr"]),
        ("/usr/bin/python3 /bin/uvicorn app:app", ["/usr/local", "/usr"]),
        ("/usr/bin/python3 /usr/local/bin/uvicorn app:app", ["/usr/local", "/usr"]),
        ("/srv/web/venv/bin/python /srv/web/venv/bin/uvicorn app:app", ["/srv/web/venv"]),
        ("/srv/web/venv/bin/python3 -m uvicorn app:app", ["/srv/web/venv"]),
        ("/usr/bin/python3 /home/ada/.local/bin/uvicorn app:app", ["/home/ada/.local"]),
        ("python -m uvicorn app:app", []), ("uvicorn app:app", []), ("/opt/python3 -m uvicorn x", []), ("", []),
    ])
    func aCommandLineTellsWhereThePackageIs(line: String, expected: [String]) {
        #expect(Self.prefixes(line) == expected)
    }

    @Test func relativePathsBeginWhereItWorks() {
        #expect(Self.prefixes("venv/bin/python venv/bin/uvicorn x", directory: "/srv/web") == ["/srv/web/venv"])
        #expect(Self.prefixes("python ../x/./bin/uvicorn x", directory: "/srv/web") == ["/srv/x"])
        #expect(Self.prefixes("venv/bin/python venv/bin/uvicorn x") == [])
        #expect(Self.prefixes("../../../bin/uvicorn", directory: "/a") == ["/usr/local", "/usr"])
    }

    @Test(arguments: [
        (["uvicorn", "uvicorn-0.17.6.egg-info"], "0.17.6"), (["uvicorn-0.30.1.dist-info", "x"], "0.30.1"),
        (["uvicorn-0.17.6-py3.11.egg-info"], "0.17.6"), (["uvicorn_worker-0.2.0.dist-info"], nil),
        (["uvicorn-worker-0.2.0.dist-info"], nil), (["uvicorn-.dist-info"], nil), (["uvicorn-0.30.1"], nil), ([], nil),
    ])
    func namesOfDirectoriesTellTheVersion(names: [String], expected: String?) {
        #expect(PythonPlaces.version(in: names, of: "uvicorn") == expected)
    }
}
