import CLinux
import Glibc
import Model
import ProcFS
import Synchronization

/// A program with its arguments: never a shell, never a line to be taken apart.
struct Program: Sendable {
    static let maximumOutput = 4 * 1024
    static let maximumWords = 256
    static let maximumBytes = 64 * 1024
    /// Where a name without a directory is looked for.
    static let directories = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"]
    /// Between TERM and KILL, and again until it is given up.
    static let patience = Duration.seconds(2)

    struct End: Hashable, Sendable {
        var status: ExitStatus
        /// What it wrote: the last of it, or the first.
        var output: [UInt8]
    }

    /// The first is a path, or a name in one of `directories`.
    var words: [String]
    /// `nil`: as whom the agent runs.
    var user: UInt32?
    /// Besides the few that every program gets.
    var environment: [String: String] = [:]
    /// How much of what it writes is kept: the last of it, unless the first is wanted.
    var outputLimit = Self.maximumOutput
    var keepsStart = false

    /// Runs it to its end. At the deadline `onLate` is called, and the program is told to end, then made to.
    ///
    /// - Parameter network: a network namespace to run it in.
    func run(
        in network: SharedFD?, by deadline: Deadline, onLate: () -> Void
    ) throws(CallTrouble) -> End? {
        var child = Child(try start(in: network), outputLimit: outputLimit, keepsStart: keepsStart)
        do throws(CallTrouble) {
            return try child.end(by: deadline, of: words.first ?? "")
        } catch .timedOut {
            onLate()
            for signal in [SIGTERM, SIGKILL] {
                looptop_signal_child(&child.raw, signal)
                do throws(CallTrouble) {
                    _ = try child.end(by: .after(Self.patience), of: words.first ?? "")
                    looptop_signal_child(&child.raw, SIGKILL)  // what it started and left behind
                    break
                } catch {}
            }
            return nil
        }
    }

    private func start(in network: SharedFD?) throws(CallTrouble) -> looptop_child {
        let path = try self.path()
        let bytes = words.reduce(0) { $0 + $1.utf8.count }
        guard words.count <= Self.maximumWords, bytes <= Self.maximumBytes,
            !words.contains(where: { $0.contains("\0") })
        else { throw .failed("the arguments of \(path) are too long or contain a zero byte") }
        let record = try record()
        var child = looptop_child()
        let arguments = words.map { strdup($0) } + [nil]
        let variables = variables(for: record).map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for text in arguments + variables { free(text) } }
        var groups: [UInt32] = record?.groups ?? []
        let answer = path.withCString { path in
            groups.withUnsafeMutableBufferPointer { groups in
                arguments.withUnsafeBufferPointer { arguments in
                    variables.withUnsafeBufferPointer { variables in
                        var program = looptop_program()
                        program.path = path
                        program.arguments = arguments.baseAddress
                        program.environment = variables.baseAddress
                        program.changes_user = user != nil && user != geteuid() ? 1 : 0
                        program.user = record?.uid ?? 0
                        program.group = record?.gid ?? 0
                        program.groups = UnsafePointer(groups.baseAddress)
                        program.group_count = groups.count
                        program.network = network?.raw ?? -1
                        return looptop_spawn(&program, &child)
                    }
                }
            }
        }
        guard answer == 0 else { throw .failed("cannot start \(path): \(reason(-answer))") }
        return child
    }

    /// The user it runs as; `nil` where nobody has to be looked up.
    private func record() throws(CallTrouble) -> UserRecord? {
        if let record = UserRecord(uid: user ?? geteuid()) { return record }
        guard let user, user != geteuid() else { return nil }
        throw .failed("there is no user with the id \(user)")
    }

    private func path() throws(CallTrouble) -> String {
        guard let name = words.first, !name.isEmpty else { throw .failed("no program is named") }
        if name.hasPrefix("/") { return name }
        guard !name.contains("/") else { throw .failed("\(excerpt(name, limit: 120)) is not an absolute path") }
        guard let path = Self.find(name) else {
            throw .failed(
                "there is no program \(excerpt(name, limit: 120)) in \(Self.directories.joined(separator: ":"))")
        }
        return path
    }

    static func find(_ name: String) -> String? {
        directories.lazy.map { "\($0)/\(name)" }.first { path in
            var status = stat()
            return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG && access(path, X_OK) == 0
        }
    }

    /// Why the file at an absolute path cannot be run by this user; `nil` where it can.
    static func fault(of path: String) -> String? {
        var status = stat()
        guard stat(path, &status) == 0 else { return "\(path): \(reason(errno))" }
        guard status.st_mode & S_IFMT == S_IFREG else { return "\(path) is no program file" }
        return access(path, X_OK) == 0 ? nil : "\(path) is not executable"
    }

    private func variables(for record: UserRecord?) -> [String: String] {
        var variables = [
            "PATH": Self.directories.joined(separator: ":"), "LANG": "C.UTF-8", "SHELL": "/bin/sh",
            "HOME": record?.home ?? "/",
        ]
        if let record {
            variables["USER"] = record.name
            variables["LOGNAME"] = record.name
        }
        return variables.merging(environment) { $1 }
    }
}

/// A child and what it wrote.
private struct Child: ~Copyable {
    var raw: looptop_child
    private var output: [UInt8] = []
    private let outputLimit: Int
    private let keepsStart: Bool
    private var hasBegun = false
    private var isReaped = false

    /// Children that did not even end when killed (a device that does not answer): looked after at the next call.
    private static let unreaped = Mutex<[looptop_child]>([])
    private static let maximumUnreaped = 64
    private static let lastMilliseconds: CInt = 500

    init(_ raw: looptop_child, outputLimit: Int, keepsStart: Bool) {
        self.raw = raw
        self.outputLimit = outputLimit
        self.keepsStart = keepsStart
        Self.unreaped.withLock { left in
            left.removeAll { child in
                var child = child
                guard Self.status(of: &child) != nil else { return false }
                close(child.pidfd)
                return true
            }
        }
    }

    deinit {
        close(raw.output)
        close(raw.report)
        if !isReaped {
            var child = raw
            var ending = [pollfd(fd: raw.pidfd, events: Int16(POLLIN), revents: 0)]
            poll(&ending, 1, Self.lastMilliseconds)  // one that could not begin is about to end
            guard Self.status(of: &child) != nil else {
                Self.unreaped.withLock { if $0.count < Self.maximumUnreaped { $0.append(child) } }
                return
            }
        }
        close(raw.pidfd)
    }

    mutating func end(by deadline: Deadline, of name: String) throws(CallTrouble) -> Program.End {
        while true {
            var entries = [
                pollfd(fd: raw.pidfd, events: Int16(POLLIN), revents: 0),
                pollfd(fd: raw.output, events: Int16(POLLIN), revents: 0),
                pollfd(fd: hasBegun ? -1 : raw.report, events: Int16(POLLIN), revents: 0),
            ]
            try deadline.wait(&entries)
            if entries[2].revents != 0 { try takeReport(of: name) }
            if entries[1].revents != 0 { takeOutput() }
            if entries[0].revents != 0 {
                guard let status = Self.status(of: &raw) else { throw .failed("\(name): nobody knows how it ended") }
                isReaped = true
                if !hasBegun { try takeReport(of: name) }
                takeOutput()
                return Program.End(
                    status: status, output: Array(keepsStart ? output.prefix(outputLimit) : output.suffix(outputLimit)))
            }
        }
    }

    private static func status(of child: inout looptop_child) -> ExitStatus? {
        var kind = LOOPTOP_EXIT_CODE
        var value: CInt = 0
        switch looptop_reap(&child, &kind, &value) {
        case 1:
            let value = UInt8(clamping: value)
            return kind == LOOPTOP_EXIT_SIGNAL ? .signal(value) : .code(value)
        default: return nil
        }
    }

    /// Ends without a byte when the program began.
    private mutating func takeReport(of name: String) throws(CallTrouble) {
        var failure = looptop_spawn_failure()
        let size = MemoryLayout<looptop_spawn_failure>.size
        let count = read(raw.report, &failure, size)
        if count < 0, errno == EAGAIN || errno == EINTR { return }
        hasBegun = true
        guard count == size else { return }
        let why = reason(failure.error)
        switch UInt32(bitPattern: failure.step) {
        case LOOPTOP_SPAWN_NETWORK.rawValue: throw .failed("cannot enter the worker's network: \(why)")
        case LOOPTOP_SPAWN_USER.rawValue: throw .failed("cannot run \(name) as another user: \(why)")
        case LOOPTOP_SPAWN_EXECUTE.rawValue: throw .failed("cannot run \(name): \(why)")
        default: throw .failed("cannot prepare \(name): \(why)")
        }
    }

    /// Takes what is there and keeps the end of it. A program that writes without end must not hold us up.
    private mutating func takeOutput() {
        var room = [UInt8](repeating: 0, count: 4096)
        for _ in 0..<16 {
            let count = read(raw.output, &room, room.count)
            guard count > 0 else {
                if count == 0 {
                    // Closed: an end that is always readable would wake the wait again and again.
                    close(raw.output)
                    raw.output = -1
                }
                return
            }
            if keepsStart, output.count >= outputLimit { continue }
            output += room.prefix(count)
            // Not each time: what is moved would be more than what is read.
            if output.count > 2 * outputLimit { output.removeFirst(output.count - outputLimit) }
        }
    }
}
