import Glibc
import Model
import ProcFS
import Trust

/// What the agent finds around itself before it starts.
struct Surroundings {
    let environment: [String: String]
    let uid: uid_t

    static func current() -> Surroundings {
        var environment: [String: String] = [:]
        var next = environ
        while let entry = next.pointee {
            let text = String(cString: entry)
            if let equals = text.firstIndex(of: "=") {
                environment[String(text[..<equals])] = String(text[text.index(after: equals)...])
            }
            next += 1
        }
        return Surroundings(environment: environment, uid: getuid())
    }

    /// Where the state goes when nobody says: systemd's directory, root's, else the user's.
    var stateDirectory: String {
        if let given = environment["STATE_DIRECTORY"], given.hasPrefix("/") {
            return String(given.prefix { $0 != ":" })
        }
        if uid == 0 { return "/var/lib/looptop-agent" }
        if let state = environment["XDG_STATE_HOME"], state.hasPrefix("/") { return state + "/looptop-agent" }
        return (environment["HOME"] ?? "/tmp") + "/.local/state/looptop-agent"
    }

    /// The policy of this host: the state directory's, else the system's; neither means that nothing is allowed over TCP.
    static func policyFile(stateDirectory: String) -> String? {
        [stateDirectory + "/policy.json5", "/etc/looptop-agent/policy.json5"].first { access($0, F_OK) == 0 }
    }

    /// `name` is what `--host-name` or the configuration says.
    static func host(id: HostID, name: String?, interval: Duration) throws(Fatal) -> HostInfo {
        var system = utsname()
        uname(&system)
        if let name, !isHostName(name) {
            throw Fatal(
                .usage, "the host name may be 1 to 64 letters, digits, dots, dashes and underscores: selectors go by it"
            )
        }
        return HostInfo(
            id: id, boot: try boot(), name: name ?? text(of: &system.nodename),
            kernel: "\(text(of: &system.release)) \(text(of: &system.machine))",
            cores: UInt32(clamping: sysconf(CInt(_SC_NPROCESSORS_ONLN))),
            ticksPerSecond: UInt32(clamping: sysconf(CInt(_SC_CLK_TCK))), agentVersion: Version.text,
            intervalNanoseconds: UInt64(max(0, interval.nanoseconds)))
    }

    static func boot() throws(Fatal) -> BootID {
        do {
            return try ProcReader().bootID()
        } catch {
            throw Fatal(.osError, "cannot read the boot id from /proc: \(error)")
        }
    }

    static func isHostName(_ name: String) -> Bool {
        (1...64).contains(name.utf8.count)
            && name.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"):
                    true
                default: false
                }
            }
    }

    /// The agent and those it descends from: never workers, never signalled.
    static func agentAndAncestors() -> Set<Int32> {
        var found: Set<Int32> = [1, getpid()]
        let reader = ProcReader()
        var pid = getppid()
        while pid > 1, found.insert(pid).inserted {
            do {
                pid = try reader.processStat(of: try reader.processDirectory(pid)).parentPID
            } catch {
                break  // it ended, or is hidden from us: then it is no ancestor that could be taken for a worker
            }
        }
        return found
    }

    private static func text<Field>(of field: inout Field) -> String {
        withUnsafeBytes(of: &field) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }
}
