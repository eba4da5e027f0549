import Control
import Glibc
import Model
import Testing

@testable import Agent

/// Streams that a manager or master reads, and where it keeps them.
@Suite struct LogManagerTests {
    private static let chatty = """
        import os, sys, time
        print('to stdout', os.environ.get('SUPERVISOR_PROCESS_NAME'), flush=True)
        print('to stderr', file=sys.stderr, flush=True)
        while True: time.sleep(1000)
        """

    @Test(.enabled(if: Supervisord.isHere, "no supervisord")) func supervisordSaysWhichFileIsWhose() async throws {
        let programs =
            Supervisord.program(
                "web", "chatty.py", "stdout_logfile=FOLDER/web.out.log\nstderr_logfile=FOLDER/web.err.log")
            + Supervisord.program("api", "chatty.py", "stdout_logfile=FOLDER/api.log\nredirect_stderr=true")
        let folder = Folder()
        let script = try folder.write("chatty.py", Self.chatty)
        let supervisord = try await Supervisord(programs: programs.replacing("FOLDER/chatty.py", with: script))
        let children = try await supervisord.children(2)
        for file in ["web.out.log", "web.err.log", "api.log"] {
            try await until("\(file) is written") {
                contents(of: supervisord.folder.path + "/" + file)?.contains("std") ?? false
            }
        }
        var read: [String: [String]] = [:]
        for child in children {
            let name = try #require(
                (contents(of: "/proc/\(child)/environ") ?? "").split(separator: "\0")
                    .first { $0.hasPrefix("SUPERVISOR_PROCESS_NAME=") }?.split(separator: "=").last.map(String.init))
            let link = ManagerLink(
                manager: Manager(kind: .supervisord, name: "\(name):\(name)"), address: supervisord.unixURL,
                isMain: true)
            let reading = LogReading(LogRequest(groupKey: name))
            let lines = reading.next([try LogWorker.live(child, groupKey: name, link: link)])
            read[name] = lines + reading.sources
        }
        let who = "through pid \(supervisord.pid) (\(try Neighbour(pid: supervisord.pid).name))"
        let path = supervisord.folder.path
        #expect(
            read["web"]
                == [
                    "to stdout web", "to stderr", "stdout: \(path)/web.out.log (\(who))",
                    "stderr: \(path)/web.err.log (\(who))",
                ])
        #expect(read["api"] == ["to stdout api", "to stderr", "stdout and stderr: \(path)/api.log (\(who))"])
    }

    /// A master that reads its child's pipe; what it does with it.
    private func child(of master: String, in folder: Folder, output: String) async throws -> (Started, pid_t) {
        let script = """
            import os, subprocess, sys, time
            \(master)
            child = subprocess.Popen(['/bin/sleep', '1000'], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            open('\(folder.path)/ready', 'w')
            while True: time.sleep(1000)
            """
        let process = try Started(
            ["/usr/bin/python3", try folder.write("master.py", script)], output: folder.path + "/" + output)
        try await until("the master has a child") { access(folder.path + "/ready", F_OK) == 0 }
        let child = try #require(Started.children(of: process.pid).first)
        return (process, child)
    }

    @Test func theOnlyLogOfAMasterIsItsChildrens() async throws {
        let folder = Folder()
        let (master, child) = try await child(
            of: "log = open('\(folder.path)/all.log', 'a'); print('kept', file=log, flush=True)", in: folder,
            output: "null")
        let reading = LogReading(LogRequest(groupKey: "web"))
        #expect(reading.next([try LogWorker.live(child)]) == ["kept"])
        #expect(reading.sources == ["stdout and stderr: \(folder.path)/all.log (through pid \(master.pid) (python3))"])
    }

    @Test func aMasterMayHandOnWhatItReads() async throws {
        let folder = Folder()
        let (master, child) = try await child(of: "print('master speaks', flush=True)", in: folder, output: "app.log")
        let reading = LogReading(LogRequest(groupKey: "web"))
        #expect(reading.next([try LogWorker.live(child)]) == ["master speaks"])
        #expect(
            reading.sources
                == [
                    "stdout and stderr: \(folder.path)/app.log (through pid \(master.pid) (python3), "
                        + "with all that it writes)"
                ])
    }

    @Test func aPipeThatLeadsNowhereSaysWhoseItIs() async throws {
        let folder = Folder()
        let (master, child) = try await child(
            of: "os.dup2(os.open('/dev/null', os.O_WRONLY), 1); os.dup2(1, 2)", in: folder, output: "null")
        let reading = LogReading(LogRequest(groupKey: "web"))
        #expect(reading.next([try LogWorker.live(child)]) == [])
        #expect(
            reading.sources
                == [
                    "stdout and stderr: a pipe of pid \(master.pid) (python3); what it keeps of that is not known"
                ])
    }

    @Test(arguments: [
        ("/var/log/nginx/access.log", true), ("/srv/app/logs/2026.txt", true), ("/srv/w.err", true),
        ("/srv/w.OUT", true),
        ("/var/log/app/current", true), ("/srv/app.log.1", true), ("/var/lib/redis/appendonly.aof", false),
        ("/srv/catalog/data.db", false), ("pipe:[1]", false), ("/srv/blog/x", false), ("", false),
    ])
    func logsAreKnownByTheirNames(_ path: String, _ isLog: Bool) { #expect(LogSurvey.isLog(path) == isLog) }
}
