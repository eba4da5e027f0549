import Glibc
import ProcFS
import TestSupport
import Testing

struct ProcessEnvironmentTests {
    static let wanted = ProcessEnvironment.Wanted(
        names: ["NODE_UNIQUE_ID", "name", "PWD", "PORT"], object: "pm2_env", members: ["name", "pm_id", "exec_mode"],
        limit: 16)

    private static func values(_ text: String) -> [String: String] {
        let bytes = Array(text.utf8)
        return ProcessEnvironment(parsing: bytes.span, wanted: wanted).values
    }

    @Test(arguments: [
        ("NODE_UNIQUE_ID=1\0PATH=/bin\0", ["NODE_UNIQUE_ID": "1"]),
        ("PATH=/bin\0NODE_UNIQUE_ID=12", ["NODE_UNIQUE_ID": "12"]), ("PATH=/bin\0", [:]),
        ("MY_NODE_UNIQUE_ID=1\0", [:]), ("NODE_UNIQUE_I=1\0", [:]), ("PATH=NODE_UNIQUE_ID=1\0", [:]),
        ("NODE_UNIQUE_ID", [:]), ("", [:]), ("=\0\0=x\0PORT=\0", ["PORT": ""]), ("PORT=1\0PORT=2\0", ["PORT": "1"]),
        ("PWD=/a=b\0", ["PWD": "/a=b"]), ("PWD=0123456789abcdefgh\0", ["PWD": "0123456789abcdef"]),
        ("gunicorn: master [app:app]\0\0\0\0ORT=1\0name=web\0", ["name": "web"]),
    ])
    func takesWhatIsAskedForAndNothingElse(text: String, expected: [String: String]) {
        #expect(Self.values(text) == expected)
    }

    @Test func aTitleOverTheEnvironmentIsNoVariable() {
        let bytes: [UInt8] = Array("name=".utf8) + [0xFF, 0xFE, 0x1B, 0]
        let values = ProcessEnvironment(parsing: bytes.span, wanted: Self.wanted).values
        #expect(values == ["name": "\u{FFFD}\u{FFFD}\u{1B}"])
    }

    @Test(arguments: [
        (#"{"name":"api","pm_id":0,"secret":"s"}"#, ["pm2_env.name": "api", "pm2_env.pm_id": "0"]),
        (#"{ "env" : { "name" : "inner", "x":[{"pm_id":7}] } , "name" : "out\"er" }"#, ["pm2_env.name": "out\"er"]),
        (#"{"a":"}","b":"\\","name":"\u00fcber\/\ud83d\ude00"}"#, ["pm2_env.name": "über/😀"]),
        (#"{"name":null,"pm_id":true,"exec_mode":["name"]}"#, [:]), (#"{"pm_id":-1.5e3}"#, ["pm2_env.pm_id": "-1.5e3"]),
        (#"{"name":"a","name":"b"}"#, ["pm2_env.name": "b"]), ("", [:]), ("{", [:]), ("{}", [:]), ("[]", [:]),
        (#"{"name"}"#, [:]), (#"{"name":"#, [:]), (#"{"name":"cut"#, [:]),
        (#"{"pm_id":3,"name":"cut"#, ["pm2_env.pm_id": "3"]),
        (#"{"name":"\uD800x\u12"}"#, ["pm2_env.name": "\u{FFFD}x12"]),
        (#"{"name":"0123456789abcdefgh"}"#, ["pm2_env.name": "0123456789abcdef"]),
        (#"{"name":"a"}}{"pm_id":1}"#, ["pm2_env.name": "a"]), (#"{"x":]"name":1}"#, [:]),
    ])
    func cutsMembersOutOfAnObject(json: String, expected: [String: String]) {
        #expect(Self.values("PATH=/bin\0pm2_env=\(json)\0") == expected)
        #expect(Self.values("pm2_env=\(json)") == expected)
    }

    /// As pm2 5 makes it: the app's own environment stands inside and beside.
    @Test func readsWhatAClusterWorkerOfPM2IsStartedWith() throws {
        let text = try Fixture.bytes("environment", "pm2-cluster/environ")
        let values = ProcessEnvironment(parsing: text.span, wanted: Self.wanted).values
        #expect(
            values == [
                "NODE_UNIQUE_ID": "0", "pm2_env.name": "api", "pm2_env.pm_id": "2",
                "pm2_env.exec_mode": "cluster_mode", "PWD": "/srv/api",
            ])
    }

    /// Longer than the reader's buffer, with one variable that is longer than that alone.
    @Test func findsVariablesBehindALongOne() throws {
        let filler = (0..<3000).map { "FILL\($0)=\(String(repeating: "x", count: 20))\0" }.joined()
        let long = "pm2_env={\"name\":\"api\",\"x\":\"\(String(repeating: "y", count: 150_000))\"}\0"
        let tree = try TemporaryTree(files: [
            "7/environ": filler + long + "PORT=80\0", "8/environ": long + filler + "PORT=81", "9/environ": "",
        ])
        let reader = ProcReader(root: tree.path)
        func read(_ pid: Int32) throws -> [String: String] {
            try reader.environment(of: try reader.processDirectory(pid), wanted: Self.wanted)
        }
        #expect(try read(7) == ["pm2_env.name": "api", "PORT": "80"])
        #expect(try read(8) == ["pm2_env.name": "api", "PORT": "81"])
        #expect(try read(9) == [:])
    }

    @Test func anEndlessOneIsNotReadToItsEnd() throws {
        let filler = String(repeating: "FILL=\(String(repeating: "x", count: 1000))\0", count: 1200)
        let tree = try TemporaryTree(files: ["7/environ": filler + "PORT=80\0"])
        let reader = ProcReader(root: tree.path)
        #expect(try reader.environment(of: try reader.processDirectory(7), wanted: Self.wanted) == [:])
    }

    @Test func readsARealProcess() throws {
        let child = try Child(["/usr/bin/env", "-i", "name=web", "SECRET=x", "PORT=8080", "/bin/sleep", "60"])
        defer { child.reap() }
        let reader = ProcReader()
        let directory = try reader.processDirectory(child.pid)
        var values: [String: String] = [:]
        while values["name"] == nil {  // until it has become sleep
            values = try reader.environment(of: directory, wanted: Self.wanted)
            usleep(1000)
        }
        #expect(values == ["name": "web", "PORT": "8080"])
    }
}
