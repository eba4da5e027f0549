import Discovery
import ProcFS

/// Recorded trees below `Tests/Fixtures` as process tables, put together as the agent does it.
enum FixtureTable {
    static let trees = [
        "node-cluster", "gunicorn", "gunicorn-plain", "nginx", "container", "odd-name", "zombie", "kernel-thread",
    ]

    static func entries(_ name: String) throws -> [ProcessEntry] {
        let here = #filePath.split(separator: "/").dropLast(2).joined(separator: "/")
        let reader = ProcReader(root: "/\(here)/Fixtures/\(name)/proc")
        return try reader.pids().map { pid in
            let directory = try reader.processDirectory(pid)
            let stat = try reader.withFile("stat", of: directory) { text throws(ProcError) in
                try ProcessStat(parsing: text)
            }
            let status = try reader.withFile("status", of: directory) { text throws(ProcError) in
                try ProcessStatus(parsing: text)
            }
            let descriptors = try reader.descriptors(of: directory)
            let sockets = try known { () throws(ProcError) in try reader.listeners(of: directory) } ?? []
            let isNumbered = try known { () throws(ProcError) in
                try reader.withFile("flags", of: directory) { $0.count }
            }
            return ProcessEntry(
                pid: pid, parentPID: stat.parentPID, startTicks: stat.startTicks, uid: status.uid,
                name: String(decoding: stat.comm, as: UTF8.self),
                arguments: try reader.commandLine(of: directory).arguments,
                executable: try known { () throws(ProcError) in try reader.executable(of: directory) },
                listening: sockets.filter { descriptors.socketInodes.contains($0.inode) }
                    .map { .init(port: $0.port, inode: $0.inode) },
                waitsInEpoll: descriptors.ownsEventPoll, isKernelThread: stat.isKernelThread,
                environment: isNumbered == nil ? [:] : ["NODE_UNIQUE_ID": "1"])
        }
    }

    /// `nil` for what a zombie or kernel thread has not.
    private static func known<Value>(_ read: () throws(ProcError) -> Value) throws -> Value? {
        do throws(ProcError) {
            return try read()
        } catch .vanished {
            return nil
        }
    }
}
