import Glibc
import Model
import ProcFS
import TestSupport

@testable import Agent

/// A control group of little memory; version 1, which needs nothing from the groups above.
final class SmallGroup {
    let path: String

    init?() {
        let parent = "/sys/fs/cgroup/memory"
        guard geteuid() == 0, access(parent + "/memory.limit_in_bytes", W_OK) == 0 else { return nil }
        path = parent + "/looptop-test-\(Identifier128.random())"
        guard mkdir(path, 0o700) == 0 else { return nil }
        write("memory.limit_in_bytes", "\(24 << 20)")
    }

    func write(_ file: String, _ text: String) {
        let descriptor = open(path + "/" + file, O_WRONLY | O_CLOEXEC)
        let bytes = Array(text.utf8)
        _ = Glibc.write(descriptor, bytes, bytes.count)
        close(descriptor)
    }

    deinit { rmdir(path) }

    /// Of the process that a child is.
    static func id(of child: Child, _ reader: ProcReader) throws -> WorkerID {
        let stat = try reader.processStat(of: try reader.processDirectory(child.pid))
        return WorkerID(boot: try reader.bootID(), pid: child.pid, startTicks: stat.startTicks)
    }
}
