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
            return ProcessEntry(
                pid: pid, parentPID: stat.parentPID, startTicks: stat.startTicks, uid: status.uid,
                name: String(decoding: stat.comm, as: UTF8.self),
                arguments: try reader.commandLine(of: directory).arguments,
                executable: try known { () throws(ProcError) in try reader.executable(of: directory) },
                listeningPorts: (try known { () throws(ProcError) in try reader.listeners(of: directory) } ?? [])
                    .filter { descriptors.socketInodes.contains($0.inode) }.map(\.port),
                waitsInEpoll: descriptors.ownsEventPoll, isKernelThread: stat.isKernelThread,
                nodeUniqueID: try known { () throws(ProcError) in
                    try reader.withFile("flags", of: directory) { $0.count }
                }
                    != nil)
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

extension ProcessEntry {
    /// A process of a made-up table.
    static func made(
        _ pid: Int32, parent: Int32 = 1, _ commandLine: String, executable: String? = nil, ports: [UInt16] = [],
        epoll: Bool = false, start: UInt64? = nil, nodeUniqueID: Bool = false
    ) -> ProcessEntry {
        let words = commandLine.split(separator: " ").map(String.init)
        let program = words.first.map { $0.split(separator: "/").last.map(String.init) ?? $0 } ?? ""
        return ProcessEntry(
            pid: pid, parentPID: parent, startTicks: start ?? UInt64(pid) * 10, uid: 1000,
            name: String(program.prefix(15)), arguments: words, executable: executable ?? "/usr/bin/\(program)",
            listeningPorts: ports, waitsInEpoll: epoll, nodeUniqueID: nodeUniqueID)
    }

    /// A process that wrote a title over its arguments.
    static func titled(
        _ pid: Int32, parent: Int32 = 1, _ title: String, executable: String? = nil, ports: [UInt16] = [],
        epoll: Bool = false
    ) -> ProcessEntry {
        ProcessEntry(
            pid: pid, parentPID: parent, startTicks: UInt64(pid) * 10, uid: 1000, name: String(title.prefix(15)),
            arguments: [title], executable: executable, listeningPorts: ports, waitsInEpoll: epoll)
    }
}
