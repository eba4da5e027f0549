import Control
import Glibc
import Testing

@testable import Agent

/// Against a program in the place of `systemctl`. `Tests/Masters/run systemd` asks a real systemd.
@Suite struct SystemctlCallTests {
    let folder = Folder()
    let limit = Duration.seconds(20)

    func managers(_ script: String) throws -> SystemManagers {
        let path = try folder.write("systemctl", "#!/bin/sh\n" + script, mode: 0o755)
        return SystemManagers(places: SystemManagers.Places(systemctl: ["/no/systemctl", path]))
    }

    @Test func theArgumentsAreFixed() async throws {
        let managers = try managers("printf '<%s>' \"$@\"; exit 1")
        for verb in ManagerCall.Verb.allCases {
            #expect(
                await managers.perform(.systemd(unit: "web@1.service", user: nil, verb), limit: limit)
                    == .failed(
                        "systemctl ended with 1: <--no-ask-password><--no-pager><\(verb.rawValue)><--><web@1.service>"))
        }
        #expect(
            await managers.perform(.systemd(unit: "web.service", user: 12345, .restart), limit: limit)
                == .failed(
                    "systemctl ended with 1: <--no-ask-password><--no-pager><--user><--machine=12345@>"
                        + "<restart><--><web.service>"))
    }

    @Test func ownUnitsAreAskedOfTheOwnManager() async throws {
        let managers = try managers("printf '<%s>' \"$@\"; echo $XDG_RUNTIME_DIR; exit 1")
        let own = geteuid()
        #expect(
            await managers.perform(.systemd(unit: "web.service", user: own, .restart), limit: limit)
                == .failed(
                    "systemctl ended with 1: <--no-ask-password><--no-pager><--user><restart><--><web.service>"
                        + "/run/user/\(own)"))
    }

    @Test func itsEndIsTheAnswer() async throws {
        #expect(
            await (try managers("exit 0")).perform(.systemd(unit: "web.service", user: nil, .start), limit: limit)
                == .done)
        #expect(
            await (try managers("echo Unit nothing.service not found. >&2; exit 5")).perform(
                .systemd(unit: "nothing.service", user: nil, .stop), limit: limit)
                == .failed("systemctl ended with 5: Unit nothing.service not found."))
        #expect(
            await (try managers("exec sleep 1000")).perform(
                .systemd(unit: "web.service", user: nil, .stop), limit: .milliseconds(200)) == .timedOut)
    }

    /// As systemd 252 says it to the user of the packaged unit.
    @Test func whoWouldHaveToAllowItIsTold() async throws {
        let said = "Failed to restart web.service: Interactive authentication required."
        #expect(
            await (try managers("echo '\(said)' >&2; exit 1")).perform(
                .systemd(unit: "web.service", user: nil, .restart), limit: limit)
                == .failed(
                    "systemctl ended with 1: \(said) (polkit has to allow it to the agent's user: OPERATING.md, systemd)"
                ))
    }

    @Test func aStrangeUnitIsNotAskedFor() async throws {
        let managers = try managers("touch \(folder.path)/ran")
        #expect(
            await managers.perform(.systemd(unit: "--help", user: nil, .stop), limit: limit)
                == .failed("--help is no name of a service of systemd"))
        #expect(access(folder.path + "/ran", F_OK) != 0)
    }

    @Test func withoutSystemctlItIsToldSo() async {
        let managers = SystemManagers(places: SystemManagers.Places(systemctl: ["/no/a", "/no/b"]))
        #expect(
            await managers.perform(.systemd(unit: "web.service", user: nil, .stop), limit: limit)
                == .failed("there is no systemctl at /no/a or /no/b"))
    }

    /// The real one, which finds no systemd here and says so.
    @Test(.enabled(if: access("/usr/bin/systemctl", X_OK) == 0 && access("/run/systemd/system", F_OK) != 0))
    func theRealOneSaysWhatIsWrong() async {
        let answer = await SystemManagers().perform(.systemd(unit: "no-such.service", user: nil, .stop), limit: limit)
        guard case .failed(let text) = answer else {
            Issue.record("\(answer)")
            return
        }
        #expect(text.hasPrefix("systemctl ended with 1: "), "\(text)")
    }
}
