import Control
import Glibc
import Model
import TestSupport
import Testing

@testable import Agent

let node: String? = ["/usr/bin/node", "/usr/local/bin/node"].first { (path: String) in access(path, X_OK) == 0 }

/// Against a daemon of PM2's shape (`pm2-daemon.js`): PM2 itself is not to be had here.
@Suite(.enabled(if: node != nil && geteuid() == 0)) struct PM2CallTests {
    static let owner: UInt32 = 65534

    let limit = Duration.seconds(20)
    var managers: SystemManagers { SystemManagers(places: SystemManagers.Places(pm2: [])) }

    /// The daemon of `owner`, with processes 0, 1 and 2.
    final class Daemon: Sendable {
        let folder = Folder()
        private let process: Started

        var pid: pid_t { process.pid }
        var home: String { folder.path }
        var calls: [String] {
            (contents(of: home + "/calls") ?? "").split(separator: "\n").dropFirst().map(String.init)
        }

        init(withoutReload: Bool = false) async throws {
            chmod(folder.path, 0o777)
            let script = #filePath.replacing("PM2CallTests.swift", with: "pm2-daemon.js")
            // In a process of its own, the first of the words, so that it is the daemon itself whose end is waited for.
            var environment = ["PM2_HOME": folder.path]
            if withoutReload { environment["WITHOUT_RELOAD"] = "1" }
            process = try Started(
                [
                    "/usr/bin/setpriv", "--reuid=\(owner)", "--regid=\(owner)", "--clear-groups", node ?? "", script,
                ], environment: environment, output: folder.path + "/out")
            let (folder, process) = (folder, process)
            try await until("the daemon is ready: \(contents(of: folder.path + "/out") ?? "")") {
                (contents(of: folder.path + "/calls") ?? "").hasPrefix("ready")
                    && Started.children(of: process.pid).count == 3
            }
        }

        /// The process with that id, once there is one.
        func process(_ id: Int) async throws -> pid_t {
            try await eventually("process \(id)") { [pid] in
                Started.children(of: pid).first {
                    (contents(of: "/proc/\($0)/environ") ?? "").contains("pm_id=\(id)\0")
                }
            }
        }

        func subject(_ id: Int) async throws -> CallSubject {
            CallSubject(process: Started.reference(to: try await process(id)), uid: owner)
        }

        func call(_ id: Int, _ verb: ManagerCall.Verb) -> ManagerCall {
            .pm2(home: home, owner: owner, id: "\(id)", verb)
        }
    }

    @Test(arguments: [ManagerCall.Verb.restart, .reload]) func oneProcessIsReplaced(_ verb: ManagerCall.Verb)
        async throws
    {
        let daemon = try await Daemon()
        let before = [try await daemon.process(0), try await daemon.process(1), try await daemon.process(2)]
        let answer = await managers.perform(daemon.call(1, verb), for: try await daemon.subject(1), limit: limit)
        #expect(answer == .done)
        let new = try await daemon.process(1)
        #expect(new != before[1] && !Started.isAlive(before[1]))
        #expect(Started.isAlive(before[0]) && Started.isAlive(before[2]))
        let method = verb == .restart ? "restartProcessId" : "reloadProcessId"
        #expect(daemon.calls == [#"{"type":"call","method":"\#(method)","args":[{"id":1}]}"#])
    }

    @Test func stopAndStart() async throws {
        let daemon = try await Daemon()
        let old = try await daemon.process(2)
        #expect(await managers.perform(daemon.call(2, .stop), for: try await daemon.subject(2), limit: limit) == .done)
        try await until("it has ended") { !Started.isAlive(old) }
        #expect(await managers.perform(daemon.call(2, .start), limit: limit) == .done)
        #expect(try await daemon.process(2) != old)
        #expect(await managers.perform(daemon.call(2, .start), limit: limit) == .done)
        #expect(daemon.calls.count == 3)
    }

    @Test func anUnknownProcessIsToldSo() async throws {
        let daemon = try await Daemon()
        #expect(
            await managers.perform(daemon.call(9, .restart), limit: limit)
                == .failed("PM2 refuses: God db process id unknown"))
    }

    @Test func anAppCannotPointAtADaemonThatDidNotStartIt() async throws {
        let daemon = try await Daemon()
        let before = try await daemon.process(0)
        let liar = try Started(["/bin/sleep", "1000"])
        #expect(
            await managers.perform(daemon.call(0, .restart), for: liar.subject(uid: Self.owner), limit: limit)
                == .failed("PM2 (\(daemon.home)): process \(liar.pid) was not started by the daemon that listens there")
        )
        let other = ManagerCall.pm2(home: daemon.home, owner: 0, id: "0", .restart)
        #expect(
            await managers.perform(other, limit: limit)
                == .failed(
                    "PM2 (\(daemon.home)): its socket is kept by user 65534, and the app is of user 0"))
        #expect(try await daemon.process(0) == before)
        #expect(daemon.calls.isEmpty)
    }

    @Test func aReloadOfPM2sOwnIsNotDisturbed() async throws {
        let daemon = try await Daemon()
        let now = time(nil) * 1000
        try daemon.folder.write("reload.lock", "\(now - 4000)")
        #expect(
            await managers.perform(daemon.call(0, .reload), limit: limit)
                == .failed(
                    "a reload of PM2's own is under way (\(daemon.home)/reload.lock): try again in half a minute"))
        #expect(daemon.calls.isEmpty)
        for stale in ["\(now - 60_000)", "", "what?", String(repeating: "9", count: 30)] {
            try daemon.folder.write("reload.lock", stale)
            #expect(await managers.perform(daemon.call(0, .restart), limit: limit) == .done, "\(stale)")
        }
        // A lock that is no file must not hold us up.
        unlink(daemon.home + "/reload.lock")
        mkfifo(daemon.home + "/reload.lock", 0o600)
        #expect(await managers.perform(daemon.call(0, .restart), limit: limit) == .done)
    }

    @Test func whereNobodyListensNoSecondDaemonIsStarted() async throws {
        let folder = Folder()
        try folder.write("pm2", "#!/bin/sh\ntouch \(folder.path)/ran\n", mode: 0o755)
        let managers = SystemManagers(places: SystemManagers.Places(pm2: [folder.path + "/pm2"]))
        let call = ManagerCall.pm2(home: folder.path, owner: Self.owner, id: "0", .restart)
        #expect(
            await managers.perform(call, limit: limit)
                == .failed("PM2 (\(folder.path)): \(folder.path)/rpc.sock: No such file or directory"))
        #expect(access(folder.path + "/ran", F_OK) != 0)
    }

    @Test func aDaemonThatDoesNotKnowTheMethodIsAskedByItsOwnProgram() async throws {
        let daemon = try await Daemon(withoutReload: true)
        let folder = Folder()
        try folder.write(
            "pm2", "#!/bin/sh\necho \"$* $(id -u) $PM2_HOME\" >&2\nexit 5\n", mode: 0o755)
        let managers = SystemManagers(places: SystemManagers.Places(pm2: ["/no/pm2", folder.path + "/pm2"]))
        #expect(
            await managers.perform(daemon.call(1, .reload), for: try await daemon.subject(1), limit: limit)
                == .failed("pm2 ended with 5: reload 1 65534 \(daemon.home)"))
        #expect(
            await self.managers.perform(daemon.call(1, .reload), limit: limit)
                == .failed("PM2 refuses: method \"reloadProcessId\" does not exist; and there is no pm2 at "))
        // Nobody but root may be able to change it.
        chmod(folder.path + "/pm2", 0o777)
        guard case .failed(let text) = await managers.perform(daemon.call(1, .reload), limit: limit) else { return }
        #expect(text.contains("and there is no pm2 at /no/pm2 or"))
    }

    @Test(arguments: 1...8) func hostileAnswersAreAnswered(_ seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        let good = AxonMessage.encode(["j:{\"error\":\"no\"}", "s:looptop:0"])
        for _ in 0..<20 {
            let folder = Folder()
            let bytes = random.mutant(of: good)
            let server = try FakeServer(at: folder.path + "/rpc.sock") { _ in .bytes(bytes) }
            let call = ManagerCall.pm2(home: folder.path, owner: geteuid(), id: "0", .restart)
            let answer = await managers.perform(call, limit: limit)
            guard case .failed = answer else {
                // A mutant may say `args`; nothing else is done.
                Issue.record("seed \(seed): \(bytes) gave \(answer), requests \(server.requests)")
                continue
            }
        }
    }

    @Test func anAnswerToSomebodyElseIsNotTaken() async throws {
        let folder = Folder()
        let server = try FakeServer(at: folder.path + "/rpc.sock") { _ in
            .bytes(AxonMessage.encode(["j:{\"args\":[]}", "s:other:0"]))
        }
        let call = ManagerCall.pm2(home: folder.path, owner: geteuid(), id: "0", .restart)
        #expect(
            await managers.perform(call, limit: limit) == .failed("PM2 (\(folder.path)): its answer is not understood"))
        #expect(server.requests.count == 1)
    }

    @Test func silenceIsTimedOut() async throws {
        let folder = Folder()
        let server = try FakeServer(at: folder.path + "/rpc.sock") { _ in .silence }
        let call = ManagerCall.pm2(home: folder.path, owner: geteuid(), id: "0", .restart)
        #expect(await managers.perform(call, limit: .seconds(1)) == .timedOut)
        try await until("it was asked") { server.requests.count == 1 }
    }
}
