import Control
import Glibc
import Model
import Testing

@testable import Agent

/// Against a server with an engine's interface in this process. `Tests/Masters/run matrix` asks real engines.
@Suite struct EngineCallTests {
    static let id = String(repeating: "0123456789abcdef", count: 4)
    let limit = Duration.seconds(20)

    final class Engine: Sendable {
        let folder = Folder()
        let server: FakeServer

        /// - Parameter pid: of the container's first process; without one there is no such container.
        init(pid: pid_t?, _ outcome: FakeServer.Answer = .json(204, "")) throws {
            server = try FakeServer(at: folder.path + "/engine.sock") { request in
                guard let pid else {
                    return .json(
                        404, #"{"cause":"no such container","message":"No such container: 0123","response":404}"#)
                }
                if request.hasPrefix("GET") {
                    return .json(
                        200, #"{"Id":"\#(id)","Created":"x","State":{"Status":"running","Pid":\#(pid)},"Name":"/web"}"#)
                }
                return outcome
            }
        }

        var requests: [String] { server.requests }
        var path: String { server.path }
    }

    func managers(_ engines: Engine...) -> SystemManagers {
        SystemManagers(places: SystemManagers.Places(engines: ["/no/engine.sock"] + engines.map(\.path)))
    }

    @Test func itAsksForTheContainerAndThenForTheVerb() async throws {
        let worker = try Started(["/bin/sleep", "1000"])
        for (verb, target) in [(ManagerCall.Verb.restart, "restart?t=10"), (.stop, "stop?t=10"), (.start, "start")] {
            let engine = try Engine(pid: worker.pid)
            let answer = await managers(engine).perform(
                .docker(container: Self.id, verb), for: worker.subject, limit: limit)
            #expect(answer == .done)
            #expect(
                engine.requests == [
                    "GET /containers/\(Self.id)/json HTTP/1.1", "POST /containers/\(Self.id)/\(target) HTTP/1.1",
                ])
        }
    }

    @Test func podmanIsAskedAtItsOwnSocket() async throws {
        let docker = try Engine(pid: getpid())
        let podman = try Engine(pid: getpid())
        let managers = SystemManagers(places: SystemManagers.Places(engines: [docker.path], podman: [podman.path]))
        #expect(await managers.perform(.podman(container: Self.id, .restart), limit: limit) == .done)
        #expect(docker.requests.isEmpty && podman.requests.count == 2)
        #expect(
            await managers.perform(.podman(container: Self.id, .reload), limit: limit)
                == .failed("a container engine has no reload: restart the container"))
    }

    @Test func whatIsSoAlreadyIsDone() async throws {
        let engine = try Engine(pid: 1, .text("HTTP/1.1 304 Not Modified\r\n\r\n"))
        #expect(await managers(engine).perform(.docker(container: Self.id, .start), limit: limit) == .done)
    }

    @Test func theEngineThatHasTheContainerIsAsked() async throws {
        let without = try Engine(pid: nil)
        let with = try Engine(pid: getpid())
        #expect(await managers(without, with).perform(.docker(container: Self.id, .restart), limit: limit) == .done)
        #expect(without.requests.count == 1 && with.requests.count == 2)
        #expect(
            await managers(without).perform(.docker(container: Self.id, .restart), limit: limit)
                == .failed("the engine at \(without.path): No such container: 0123"))
        #expect(
            await managers().perform(.docker(container: Self.id, .restart), limit: limit)
                == .failed("there is no engine at /no/engine.sock"))
    }

    @Test func aCgroupThatNamesAContainerOfOthersIsFoundOut() async throws {
        let container = try Started(["/bin/sleep", "1000"])
        let liar = try Started(["/bin/sleep", "1000"])
        // The same cgroup would do; here both are in the test's own, so the liar asks for one that is not there.
        let engine = try Engine(pid: 999_999_999)
        #expect(
            await managers(engine).perform(.docker(container: Self.id, .stop), for: liar.subject, limit: limit)
                == .failed("process \(liar.pid) is not in the container 0123456789ab"))
        #expect(engine.requests.count == 1)
        #expect(Started.isAlive(container.pid))
    }

    @Test func itsWordsAreTold() async throws {
        let engine = try Engine(pid: 1, .json(500, #"{"message":"cannot stop:\n\u001b[31m device busy"}"#))
        #expect(
            await managers(engine).perform(.docker(container: Self.id, .restart), limit: limit)
                == .failed("the engine at \(engine.path): cannot stop: [31m device busy"))
        let mute = try Engine(pid: 1, .json(503, "<html>"))
        #expect(
            await managers(mute).perform(.docker(container: Self.id, .restart), limit: limit)
                == .failed("the engine at \(mute.path): HTTP status 503"))
        #expect(
            await managers(mute).perform(.docker(container: Self.id, .reload), limit: limit)
                == .failed("a container engine has no reload: restart the container"))
        #expect(
            await managers(mute).perform(.docker(container: "web", .restart), limit: limit)
                == .failed("web is no id of a container"))
    }

    @Test(arguments: [
        "", "nothing", "HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\n{}", "HTTP/1.1 200 OK\r\n\r\n[[[[",
        "HTTP/1.1 200 OK\r\n\r\n{\"Id\":\"\(EngineCallTests.id)\",\"State\":{\"Pid\":99999999999999999999}}",
        "HTTP/1.1 200 OK\r\n\r\n{\"Id\":\"other\",\"State\":{\"Pid\":1}}",
        "HTTP/1.1 200 OK\r\n\r\n" + String(repeating: "[", count: 60_000),
        "HTTP/1.1 200 OK\r\n\r\n" + String(repeating: "x", count: 70_000),
    ])
    func aHostileAnswerLeadsToNothing(_ text: String) async throws {
        let folder = Folder()
        let server = try FakeServer(at: folder.path + "/engine.sock") { _ in .text(text) }
        let managers = SystemManagers(places: SystemManagers.Places(engines: [server.path]))
        let answer = await managers.perform(.docker(container: Self.id, .restart), limit: limit)
        guard case .failed = answer else {
            Issue.record("\(answer)")
            return
        }
        #expect(server.requests == ["GET /containers/\(Self.id)/json HTTP/1.1"])
    }
}
