import Discovery

extension ProcessEntry {
    /// A process of a made-up table.
    static func made(
        _ pid: Int32, parent: Int32 = 1, _ commandLine: String, executable: String? = nil, ports: [UInt16] = [],
        epoll: Bool = false, start: UInt64? = nil, environment: [String: String] = [:], cgroup: String? = nil,
        directory: String? = nil
    ) -> ProcessEntry {
        let words = commandLine.split(separator: " ").map(String.init)
        let program = words.first.map { $0.split(separator: "/").last.map(String.init) ?? $0 } ?? ""
        return ProcessEntry(
            pid: pid, parentPID: parent, startTicks: start ?? UInt64(pid) * 10, uid: 1000,
            name: String(program.prefix(15)), arguments: words, executable: executable ?? "/usr/bin/\(program)",
            workingDirectory: directory, listening: ports.map { .init(port: $0) }, waitsInEpoll: epoll,
            environment: environment, cgroup: cgroup)
    }

    /// A process that wrote a title over its arguments.
    static func titled(
        _ pid: Int32, parent: Int32 = 1, _ title: String, executable: String? = nil, ports: [UInt16] = [],
        epoll: Bool = false, environment: [String: String] = [:], cgroup: String? = nil, directory: String? = nil
    ) -> ProcessEntry {
        ProcessEntry(
            pid: pid, parentPID: parent, startTicks: UInt64(pid) * 10, uid: 1000, name: String(title.prefix(15)),
            arguments: [title], executable: executable, workingDirectory: directory,
            listening: ports.map { .init(port: $0) }, waitsInEpoll: epoll, environment: environment, cgroup: cgroup)
    }

    /// The same with one thing changed.
    func with(_ change: (inout ProcessEntry) -> Void) -> ProcessEntry {
        var other = self
        change(&other)
        return other
    }
}
