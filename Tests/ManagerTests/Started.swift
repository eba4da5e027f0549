import Control
import Glibc
import Model
import Synchronization

/// A process of a test's own. It ends with this object.
final class Started: Sendable {
    struct Strange: Error {
        let message: String
    }

    let pid: pid_t
    private let isReaped = Mutex(false)

    /// A program by its path, and its arguments; what it writes goes to `output`.
    init(_ words: [String], environment: [String: String] = [:], output: String = "/dev/null") throws {
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // The test's threads block some signals and a child inherits that.
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        let variables = environment.merging(["PATH": "/usr/bin:/bin:/usr/sbin:/sbin"]) { own, _ in own }
        var texts: [UnsafeMutablePointer<CChar>?] = variables.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for text in arguments + texts { free(text) } }
        var pid: pid_t = 0
        let failure = posix_spawn(&pid, words[0], &actions, &attributes, &arguments, &texts)
        guard failure == 0 else { throw Strange(message: "cannot start \(words[0]): \(failure)") }
        self.pid = pid
    }

    var subject: CallSubject { CallSubject(process: Self.reference(to: pid), uid: 0) }

    func subject(uid: UInt32) -> CallSubject { CallSubject(process: Self.reference(to: pid), uid: uid) }

    func send(_ signal: CInt) { kill(pid, signal) }

    /// Told to end, and killed when it does not within 10 s.
    func end(with signal: CInt = SIGTERM) {
        isReaped.withLock { isReaped in
            guard !isReaped else { return }
            isReaped = true
            kill(pid, signal)
            for _ in 0..<1000 {
                if waitpid(pid, nil, WNOHANG) != 0 { return }
                usleep(10_000)
            }
            kill(pid, SIGKILL)
            waitpid(pid, nil, 0)
        }
    }

    deinit { end() }

    /// Nil where there is no such process, or only a zombie.
    static func reference(to pid: pid_t) -> ProcessRef? {
        guard let line = contents(of: "/proc/\(pid)/stat"), let end = line.lastIndex(of: ")") else { return nil }
        let words = line[line.index(after: end)...].split(separator: " ")
        guard words.count > 19, words[0] != "Z", let ticks = UInt64(words[19]) else { return nil }
        return ProcessRef(pid: pid, startTicks: ticks)
    }

    static func isAlive(_ pid: pid_t) -> Bool { reference(to: pid) != nil }

    static func children(of pid: pid_t) -> [pid_t] {
        (contents(of: "/proc/\(pid)/task/\(pid)/children") ?? "").split(separator: " ").compactMap { pid_t($0) }
            .filter(isAlive).sorted()
    }
}

func contents(of path: String) -> String? {
    guard let stream = fopen(path, "re") else { return nil }
    defer { fclose(stream) }
    var bytes = [UInt8](repeating: 0, count: 64 * 1024)
    let count = fread(&bytes, 1, bytes.count, stream)
    return String(decoding: bytes.prefix(count), as: UTF8.self)
}

/// Waits until `condition` gives a value; throws after 60 s, with `what` as it reads by then.
func eventually<Value>(
    _ what: @autoclosure () -> String, _ condition: @Sendable () async throws -> Value?
) async throws -> Value {
    let end = ContinuousClock.now + .seconds(60)
    while true {
        if let value = try await condition() { return value }
        guard ContinuousClock.now < end else { throw Started.Strange(message: "never: \(what())") }
        try await Task.sleep(for: .milliseconds(20))
    }
}

func until(_ what: @autoclosure () -> String, _ condition: @Sendable () async throws -> Bool) async throws {
    _ = try await eventually(what()) { try await condition() ? true : nil }
}

/// A directory that everybody may enter, which goes with all that is in it.
final class Folder: Sendable {
    let path: String

    init() {
        var template = Array("/tmp/looptop-managers-XXXXXX".utf8CString)
        path = template.withUnsafeMutableBufferPointer { buffer in
            buffer.baseAddress.flatMap { mkdtemp($0) }.map { String(cString: $0) } ?? "/nonexistent"
        }
        chmod(path, 0o755)
    }

    /// Returns the path.
    @discardableResult func write(_ name: String, _ text: String, mode: mode_t = 0o644) throws -> String {
        let file = path + "/" + name
        guard let stream = fopen(file, "we") else { throw Started.Strange(message: "cannot write \(file)") }
        let bytes = Array(text.utf8)
        fwrite(bytes, 1, bytes.count, stream)
        fclose(stream)
        chmod(file, mode)
        return file
    }

    deinit { Self.remove(path) }

    private static func remove(_ path: String) {
        if let directory = opendir(path) {
            while let entry = readdir(directory) {
                let name = withUnsafePointer(to: &entry.pointee.d_name) {
                    $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                }
                guard name != ".", name != ".." else { continue }
                if CInt(entry.pointee.d_type) == CInt(DT_DIR) {
                    remove("\(path)/\(name)")
                } else {
                    unlink("\(path)/\(name)")
                }
            }
            closedir(directory)
        }
        rmdir(path)
    }
}

/// A port that nobody has right now. Below those that the kernel gives out by itself, and no two tests get the same, so
/// that it is still free when a server of the test takes it.
func freePort() -> UInt16 {
    while true {
        let port = nextPort.withLock { next -> UInt16 in
            next = next < lastPort ? next + 1 : firstPort
            return next
        }
        let listener = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        defer { close(listener) }
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_port = port.bigEndian
        name.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        let size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isFree = withUnsafePointer(to: &name) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(listener, $0, size) == 0 }
        }
        if isFree { return port }
    }
}

/// `ip_local_port_range` begins at 32,768 unless somebody changed it.
private let (firstPort, lastPort) = (UInt16(20_000), UInt16(32_000))
private let nextPort = Mutex(UInt16.random(in: firstPort...lastPort))
