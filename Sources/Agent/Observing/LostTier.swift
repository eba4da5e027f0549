import Glibc
import Model
import ProcFS

/// Why no more than a tier is to be had of a process, and what would lift that. docs/OPERATING.md, "What lag needs".
struct LostTier {
    private static let grant = "CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH"

    let tier: LagTier
    /// Whose it is; `nil` where that is not known, or where it is ours.
    private let other: UInt32?

    init(pid: Int32, tier: LagTier, reader: ProcReader) {
        self.tier = tier
        do {
            let directory = try reader.processDirectory(pid)
            let uid = try reader.withFile("status", of: directory) { (text) throws(ProcError) in
                try ProcessStatus(parsing: text).uid
            }
            other = uid == geteuid() ? nil : uid
        } catch {
            other = nil  // it has ended, which is said elsewhere
        }
    }

    /// For tests.
    init(tier: LagTier, other: UInt32?) {
        self.tier = tier
        self.other = other
    }

    /// `nil` where nothing of worth is lost.
    var text: String? {
        switch tier {
        case .utilisation:
            if let other {
                return "no lag, only utilisation: it is user \(other)'s, which needs \(Self.grant) "
                    + "(or run this as that user, or as root)"
            }
            return "no lag, only utilisation: the kernel does not let this user look into it "
                + "(it changed its user, or a sandbox forbids it), which needs \(Self.grant)"
        case .nosys:
            return "no system calls, and nested loops look idle: Yama forbids it, which needs "
                + "kernel.yama.ptrace_scope=0 or CAP_SYS_PTRACE"
        case .proc, .perf: return nil
        }
    }
}
