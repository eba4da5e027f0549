import Glibc
import Testing

/// Debian's supervisord on a unix socket and a port, with children of ours. Ends with this object.
final class Supervisord: Sendable {
    static let program = "/usr/bin/supervisord"
    static let isHere = access(program, X_OK) == 0

    let folder = Folder()
    let port = freePort()
    private let process: Started

    var pid: pid_t { process.pid }
    var socket: String { folder.path + "/supervisor.sock" }
    var unixURL: String { "unix://" + socket }
    var tcpURL: String { "http://127.0.0.1:\(port)" }

    /// A graceful app: told to end, it ends with 0, which the default `autorestart=unexpected` takes for its own wish.
    static let polite = """
        import os, signal, sys, time
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        open(f'FOLDER/ready.{os.getpid()}', 'w')
        while True: time.sleep(1000)
        """

    init(programs: String, password: Bool = false) async throws {
        let secret = password ? "username=u\npassword=p\n" : ""
        try folder.write("polite.py", Self.polite.replacing("FOLDER", with: folder.path))
        let configuration = try folder.write(
            "supervisord.conf",
            """
            [supervisord]
            nodaemon=true
            user=root
            logfile=\(folder.path)/log
            pidfile=\(folder.path)/pid
            directory=\(folder.path)
            childlogdir=\(folder.path)
            [unix_http_server]
            file=\(folder.path)/supervisor.sock
            chown=nobody:nogroup
            \(secret)
            [inet_http_server]
            port=127.0.0.1:\(port)
            \(secret)
            [rpcinterface:supervisor]
            supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
            \(programs.replacing("FOLDER", with: folder.path))
            """)
        process = try Started(["/usr/bin/python3", Self.program, "-c", configuration], output: folder.path + "/out")
        // Its server is there before its first child.
        let (process, folder) = (process, folder)
        let said: @Sendable () -> String = { contents(of: folder.path + "/out") ?? "" }
        try await until("supervisord runs: \(said())") {
            guard Started.isAlive(process.pid) else { throw Started.Strange(message: "supervisord ended: \(said())") }
            return access(folder.path + "/pid", R_OK) == 0
        }
    }

    /// Its children, when there are `count` of them.
    func children(_ count: Int = 1) async throws -> [pid_t] {
        try await eventually("\(count) children; log: \(contents(of: folder.path + "/log") ?? "")") { [pid] in
            let children = Started.children(of: pid)
            return children.count == count ? children : nil
        }
    }

    static func program(_ name: String, _ script: String = "polite.py", _ more: String = "") -> String {
        """
        [program:\(name)]
        command=/usr/bin/python3 FOLDER/\(script)
        startsecs=0
        \(more)

        """
    }
}
