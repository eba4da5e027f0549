import CLinux
import Glibc
import ProcFS

/// What an agent gives up before anything else begins: all of root but what it has a use for, and system calls for which it
/// has none.
///
/// The kernel keeps this for each thread by itself, so it is done while there is one only. What the agent starts has it, too.
struct Confinement {
    /// Whom root became; `nil`: nobody else.
    private let user: UserRecord?
    /// What it kept of `Capability`.
    private let kept: Capabilities
    /// What the log says of the filter.
    private let filter: String

    /// - Parameters:
    ///   - name: of the user to become.
    ///   - directories: what that user needs and perhaps root alone can make.
    init(user name: String?, directories: [OwnDirectory], filtersCalls: Bool) throws(Fatal) {
        var bits: UInt64 = 0
        user = try name.map { (name) throws(Fatal) in
            let user = try Self.user(name)
            for directory in directories { try directory.make(for: user) }
            bits = Capability.allCases.reduce(0) { $0 | 1 << $1.rawValue }
            let answer = looptop_become(user.uid, user.gid, user.groups, user.groups.count, &bits)
            guard answer == 0 else { throw Fatal(.noPermission, "--user \(name): \(reason(-answer))") }
            return user
        }
        kept = Capabilities(effective: bits)
        filter = filtersCalls ? Self.refuseCalls() : "no system call (seccomp) is refused to it: --no-seccomp"
    }

    /// Where the kernel has no filters, or nobody wrote one, there is none: it is one wall of several.
    private static func refuseCalls() -> String {
        let words = "system calls (seccomp) that it has no use for are refused to it, and to what it starts"
        return switch looptop_refuse_calls() {
        case 0: words
        case 1: words + "; its commands cannot use sudo"
        case let answer: "no system call is refused to it: seccomp: \(reason(-answer))"
        }
    }

    private static func user(_ name: String) throws(Fatal) -> UserRecord {
        guard let user = UserRecord(name: name) else {
            // Others useradd(8) does not make, or not as a name.
            let isName = name.utf8.first.map { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) } ?? false
            let advice = isName ? ". To make one:  useradd --system \(name)" : ""
            throw Fatal(.usage, "--user \(name): there is no such user\(advice)")
        }
        guard user.uid != 0 else { throw Fatal(.usage, "--user \(name): that is root; name a user without privileges") }
        guard geteuid() == 0 else {
            throw Fatal(
                .noPermission,
                "--user \(name): only root can become another user; start it as root, or as \(name) without --user")
        }
        return user
    }

    /// What the log says of it when the agent begins.
    var words: [String] { userWords + [filter] }

    private var userWords: [String] {
        guard let user else {
            let all = Self.list(Capability.allCases)
            let advice = "--user NAME, or the unit for systemd, leaves it \(all) and nothing else"
            return geteuid() == 0 ? ["running as root with all privileges: \(advice)"] : []
        }
        let lost = Capability.allCases.filter { !kept.has($0) }
        let had = Capability.allCases.filter { kept.has($0) }
        let words = """
            running as \(user.name) with \(had.isEmpty ? "no capability" : Self.list(had)), and without all else of root: \
            no command as another user, no sudo, no network of containers, and systemd and docker may refuse it
            """
        let hint = "root itself has no \(Self.list(lost)) here: see capabilities in OPERATING.md"
        return lost.isEmpty ? [words] : [words, hint]
    }

    private static func list(_ capabilities: [Capability]) -> String {
        let names = capabilities.map(\.name)
        guard let last = names.last, names.count > 1 else { return names.first ?? "" }
        return names.dropLast().joined(separator: ", ") + " and " + last
    }
}
