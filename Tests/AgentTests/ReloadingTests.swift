import Glibc
import Model
import Testing
import Trust

@testable import Agent

/// What SIGHUP does.
@Suite struct ReloadingTests {
    private final class Place {
        let directory = TemporaryDirectory()
        let configuration: ConfigurationBox
        let policy: PolicyBox
        let settings: ServiceSettings

        init() throws {
            let policyFile = try directory.write("policy.json5", "{apps: {web: {restart: 'operator'}}}")
            let file = try directory.write("agent.json5", "{apps: {web: {expected: 4}}}")
            configuration = try ConfigurationBox(named: file)
            policy = try PolicyBox(file: policyFile)
            settings = ServiceSettings(
                stateDirectory: directory.path, socket: directory.path + "/agent.sock", listen: [],
                interval: .seconds(1), readOnly: false, policyFile: policyFile, configuration: configuration)
        }

        func reload() -> [Reloading.Note] {
            Reloading(policy: policy, configuration: configuration, settings: settings).perform()
        }

        var mayRestart: Bool {
            let info = GroupInfo(key: "k", app: "web", kind: .single)
            let command = Command(
                id: CommandID(high: 0, low: 1), action: .restart,
                target: .group(GroupTarget(boot: BootID(high: 0, low: 1), key: "k", master: nil)))
            let peer = Peer.person(
                name: "ada", role: .operator,
                certificate: PeerCertificate(serial: "1", issued: WallTime(nanoseconds: 0)))
            return policy.current.decide(
                command, on: PolicySubject(info: info, executable: nil, uid: nil, workers: 1), peer: peer,
                role: .operator)
                == nil
        }
    }

    @Test func goodFilesArePutInForceAndTold() throws {
        let place = try Place()
        #expect(place.mayRestart)
        _ = try place.directory.write("policy.json5", "{apps: {web: {restart: 'admin'}}}")
        _ = try place.directory.write("agent.json5", "{hostName: 'x', apps: {web: {expected: 5}}}")
        let path = place.directory.path
        #expect(
            place.reload() == [
                Reloading.Note(isBad: false, text: "policy read from \(path)/policy.json5"),
                Reloading.Note(
                    isBad: false,
                    text: "\(path)/agent.json5: app web: other expected; hostName waits for a restart of the agent"),
            ])
        #expect(!place.mayRestart)
        #expect(place.configuration.current.apps.first?.expected == 5)
        #expect(place.reload().last?.text == "\(path)/agent.json5: hostName waits for a restart of the agent")
    }

    @Test func eachBadFileChangesNothingAndSaysWhere() throws {
        let place = try Place()
        _ = try place.directory.write("policy.json5", "{apps: {web: {\n restrat: 'admin'}}}")
        _ = try place.directory.write("agent.json5", "{apps: {web: {expected: 'x'}}}")
        let path = place.directory.path
        #expect(
            place.reload() == [
                Reloading.Note(
                    isBad: true,
                    text: "the policy in force stays: \(path)/policy.json5:2:2: apps.web.restrat: unknown key; "
                        + "did you mean \"restart\"? Nothing was read from the file."),
                Reloading.Note(
                    isBad: true,
                    text: "the configuration in force stays: \(path)/agent.json5:1:25: apps.web.expected: "
                        + "it must be a whole number, not a text"),
            ])
        #expect(place.mayRestart)
        #expect(place.configuration.current.apps.first?.expected == 4)
    }

    @Test func aPolicyThatIsNotThereIsSaidInWords() throws {
        let place = try Place()
        unlink(place.directory.path + "/policy.json5")
        var settings = place.settings
        settings.policyFile = nil
        let note = try #require(
            Reloading(policy: place.policy, configuration: place.configuration, settings: settings).perform().first)
        guard access("/etc/looptop-agent/policy.json5", F_OK) != 0 else { return }  // that one is taken then
        #expect(
            note
                == Reloading.Note(
                    isBad: false,
                    text: "there is no policy (neither \(place.directory.path)/policy.json5 nor "
                        + "/etc/looptop-agent/policy.json5): over the network nobody can do more than look"))
        #expect(!place.mayRestart)
    }

    @Test func oneBadFileDoesNotHoldTheOtherBack() throws {
        let place = try Place()
        _ = try place.directory.write("policy.json5", "{")
        _ = try place.directory.write("agent.json5", "{}")
        #expect(place.reload().map(\.isBad) == [true, false])
        #expect(place.mayRestart && place.configuration.current.apps.isEmpty)
    }
}
