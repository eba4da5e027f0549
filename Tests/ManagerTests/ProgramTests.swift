import Control
import Glibc
import Model
import Testing

@testable import Agent

@Suite struct ProgramTests {
    let managers = SystemManagers()

    func run(_ words: String..., as user: UInt32? = nil, limit: Duration = .seconds(20)) async -> ManagerAnswer {
        await managers.perform(.program(words, runAs: user), limit: limit)
    }

    /// What a program says when it fails.
    func saying(_ script: String, as user: UInt32? = nil) async -> String {
        guard case .failed(let text) = await run("/bin/sh", "-c", "\(script); exit 9", as: user) else { return "" }
        return String(text.trimmingPrefix("/bin/sh ended with 9: "))
    }

    @Test func zeroIsDone() async {
        #expect(await run("/bin/true") == .done)
        #expect(await run("true") == .done)
    }

    @Test func everyOtherEndIsToldWithTheLastWords() async {
        #expect(await run("/bin/false") == .failed("/bin/false ended with 1"))
        #expect(
            await run("/bin/sh", "-c", "echo one; echo two >&2; exit 3") == .failed("/bin/sh ended with 3: one two"))
        #expect(await run("/bin/sh", "-c", "kill -USR1 $$") == .failed("/bin/sh was ended by signal 10"))
    }

    @Test func whatCannotBeRunIsToldSo() async {
        #expect(await run("/no/such/program") == .failed("cannot run /no/such/program: No such file or directory"))
        #expect(await run("/etc/passwd") == .failed("cannot run /etc/passwd: Permission denied"))
        #expect(await run("bin/true") == .failed("bin/true is not an absolute path"))
        #expect(await run("") == .failed("no program is named"))
        #expect(await managers.perform(.program([], runAs: nil), limit: .seconds(1)) == .failed("no program is named"))
        guard case .failed(let text) = await run("no-such-program-anywhere") else { return }
        #expect(text.hasPrefix("there is no program no-such-program-anywhere in /usr/local/sbin:"))
        #expect(await run("/bin/echo", "a\0b") != .done)
    }

    @Test func argumentsAreNoShellLine() async {
        #expect(
            await run("/bin/sh", "-c", "test \"$1\" = '; exit 0; $(id) *' && exit 4", "x", "; exit 0; $(id) *")
                == .failed("/bin/sh ended with 4"))
    }

    @Test func itInheritsNothing() async {
        // A descriptor of ours without close-on-exec.
        let leak = open("/etc/hostname", O_RDONLY)
        defer { close(leak) }
        setenv("LOOPTOP_SECRET", "x", 1)
        #expect(await saying("ls /proc/self/fd | tr '\\n' ' '") == "0 1 2 3")  // 3 is the directory that ls reads
        #expect(await saying("pwd; umask; ulimit -Sn") == "/ 0022 1024" || leak < 0)
        #expect(await saying("readlink /proc/self/fd/0") == "/dev/null")
        let variables = await saying("env | sed 's/=.*//' | sort | tr '\\n' ' '")
        #expect(!variables.contains("LOOPTOP_SECRET"))
        #expect(variables.contains("HOME LANG LOGNAME") && variables.contains("PATH"))
        let signals = await saying("grep -E 'Sig(Blk|Ign)' /proc/self/status | tr -d '\\t\\n'")
        #expect(signals == "SigBlk:0000000000000000SigIgn:0000000000000000")
        #expect(await saying("test $(cut -d' ' -f6 /proc/$$/stat) = $$ && echo own session") == "own session")
    }

    @Test(.enabled(if: geteuid() == 0)) func itBecomesAnotherUser() async throws {
        let nobody = try #require(UserRecord(uid: 65534))
        #expect(
            await saying("id -u; id -ru; id -g; id -G; echo $HOME $USER", as: 65534)
                == "65534 65534 \(nobody.gid) \(nobody.groups.map { "\($0)" }.joined(separator: " ")) \(nobody.home) nobody"
        )
        #expect(
            await saying("grep Cap[PEI] /proc/self/status | tr -d '\\t' | tr '\\n' ' '", as: 65534)
                == "CapInh:0000000000000000 CapPrm:0000000000000000 CapEff:0000000000000000")
        #expect(await saying("cat /etc/shadow >/dev/null 2>&1 || echo kept out", as: 65534) == "kept out")
        #expect(await run("/bin/true", as: 3_999_999_999) == .failed("there is no user with the id 3999999999"))
    }

    @Test func aProgramThatDoesNotEndIsEnded() async throws {
        let folder = Folder()
        let answer = await run(
            "/bin/sh", "-c", "echo $$ > \(folder.path)/pid; sleep 1000 & echo $! > \(folder.path)/child; wait",
            limit: .seconds(3))
        #expect(answer == .timedOut)
        let pid = try #require(pid_t((contents(of: "\(folder.path)/pid") ?? "").filter(\.isNumber)))
        let child = try #require(pid_t((contents(of: "\(folder.path)/child") ?? "").filter(\.isNumber)))
        try await until("both are gone") { !Started.isAlive(pid) && !Started.isAlive(child) }
        try await until("nothing is left to reap") { contents(of: "/proc/\(pid)/stat") == nil }
    }

    @Test func oneThatIgnoresTheTermIsKilled() async throws {
        let folder = Folder()
        let script =
            "import os,signal,time\nsignal.signal(15,signal.SIG_IGN)\n"
            + "open('\(folder.path)/pid','w').write(str(os.getpid()))\ntime.sleep(1000)"
        let program = try folder.write("stubborn.py", script)
        async let answer = run("/usr/bin/python3", program, limit: .seconds(3))
        let pid = try await eventually("it runs") { pid_t(contents(of: "\(folder.path)/pid") ?? "") }
        #expect(await answer == .timedOut)
        try await until("it is gone") { contents(of: "/proc/\(pid)/stat") == nil }
    }

    @Test func oneThatWritesWithoutEndIsCut() async {
        guard case .failed(let text) = await run("/bin/sh", "-c", "head -c 30000000 /dev/zero | tr '\\0' x; exit 2")
        else {
            Issue.record("not failed")
            return
        }
        #expect(text.hasPrefix("/bin/sh ended with 2: xxx"))
        #expect(text.utf8.count < 1000)
        #expect(await run("/bin/sh", "-c", "exec yes", limit: .milliseconds(300)) == .timedOut)
    }

    @Test func oneThatLeavesADaemonBehindIsDone() async throws {
        let folder = Folder()
        #expect(await run("/bin/sh", "-c", "sleep 1000 & echo $! > \(folder.path)/pid") == .done)
        let pid = try #require(pid_t((contents(of: "\(folder.path)/pid") ?? "").filter(\.isNumber)))
        #expect(Started.isAlive(pid))
        kill(pid, SIGKILL)
    }

    @Test func oneThatClosesItsOutputIsWaitedFor() async {
        #expect(await run("/bin/sh", "-c", "exec >&- 2>&-; sleep 0.3; exit 7") == .failed("/bin/sh ended with 7"))
    }

    @Test func manyAtOnceAreAllReaped() async throws {
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<40 {
                group.addTask {
                    let answer = await run("/bin/sh", "-c", "exit \(number % 7)")
                    #expect(answer == (number % 7 == 0 ? .done : .failed("/bin/sh ended with \(number % 7)")))
                }
            }
        }
    }
}
