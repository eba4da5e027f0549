import CLinux
import Glibc
import Model

/// A program that prints hosts. No shell reads its line; it gets the environment that we have, and no input.
struct InventoryProgram: Sendable {
    /// The first is a path, or a name that is looked for in PATH.
    var words: [String]

    static let largest = 4 << 20
    /// Between TERM and KILL.
    static let patience = Duration.seconds(1)

    /// What it wrote to its standard output, when it has ended with 0.
    func run(limit: Duration) throws(HostSource.Problem) -> [UInt8] {
        var child = try start()
        defer {
            close(child.output)
            close(child.report)
            close(child.pidfd)
        }
        var output: [UInt8] = []
        let deadline = Clocks.monotonic() + limit
        do throws(HostSource.Problem) {
            while try take(from: child, into: &output) { try wait(for: child.output, until: deadline) }
            try wait(for: child.pidfd, until: deadline)
        } catch {
            end(&child)
            throw error
        }
        var kind = LOOPTOP_EXIT_CODE
        var value: CInt = 0
        guard looptop_reap(&child, &kind, &value) == 1 else { throw problem("nobody knows how it ended") }
        try checkBeginning(of: child)
        guard kind == LOOPTOP_EXIT_CODE else { throw problem("it was ended by signal \(value)") }
        guard value == 0 else { throw problem("it ended with code \(value)") }
        return output
    }

    private func problem(_ reason: String) -> HostSource.Problem {
        HostSource.Problem(sentence: "exec:\(words.joined(separator: " ")): \(reason)")
    }

    /// Whether there may be more.
    private func take(from child: looptop_child, into output: inout [UInt8]) throws(HostSource.Problem) -> Bool {
        var room = [UInt8](repeating: 0, count: 16 * 1024)
        while true {
            let count = read(child.output, &room, room.count)
            if count == 0 { return false }
            guard count > 0 else {
                if errno == EINTR { continue }
                guard errno == EAGAIN else { throw problem(String(cString: strerror(errno))) }
                return true
            }
            output += room.prefix(count)
            guard output.count <= Self.largest else { throw problem("it prints more than \(Self.largest >> 20) MiB") }
        }
    }

    private func wait(for descriptor: CInt, until deadline: MonotonicInstant) throws(HostSource.Problem) {
        while true {
            let left = (deadline - Clocks.monotonic()).nanoseconds
            guard left > 0 else { throw problem("it did not end in time") }
            var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            if poll(&entry, 1, Int32(clamping: (left + 999_999) / 1_000_000)) > 0 { return }
        }
    }

    /// One that does not end when killed (a device that does not answer) is left to init when we end.
    private func end(_ child: inout looptop_child) {
        var kind = LOOPTOP_EXIT_CODE
        var value: CInt = 0
        for signal in [SIGTERM, SIGKILL] {
            looptop_signal_child(&child, signal)
            var entry = pollfd(fd: child.pidfd, events: Int16(POLLIN), revents: 0)
            poll(&entry, 1, Int32(clamping: Self.patience.nanoseconds / 1_000_000))
            if entry.revents != 0, looptop_reap(&child, &kind, &value) == 1 { return }
        }
    }

    /// Ends without a byte when the program began.
    private func checkBeginning(of child: looptop_child) throws(HostSource.Problem) {
        var failure = looptop_spawn_failure()
        let size = MemoryLayout<looptop_spawn_failure>.size
        guard read(child.report, &failure, size) == size else { return }
        throw problem("it cannot be run: \(String(cString: strerror(failure.error)))")
    }

    private func start() throws(HostSource.Problem) -> looptop_child {
        guard let path = words.first.flatMap(Places.program(named:)) else {
            throw problem("there is no such program in PATH")
        }
        var child = looptop_child()
        let answer = startProgram(path, words, &child) { $0.keeps_errors = 1 }
        guard answer == 0 else { throw problem("it cannot be run: \(String(cString: strerror(-answer)))") }
        return child
    }
}
