import Glibc
import Model
import ProcFS
import TestSupport
import Testing

/// Threads of this process, asleep in known calls, as the kernel shows them.
struct LivingThreadTests {
    /// 10 s: a machine can be busy.
    private static func wait(for condition: () throws -> Bool) async throws -> Bool {
        for _ in 0..<2000 {
            if try condition() { return true }
            try await Task.sleep(for: .milliseconds(5))
        }
        return false
    }

    @Test(arguments: SleepingThread.Call.allCases)
    func isFoundInItsCall(call: SleepingThread.Call) async throws {
        let thread = try SleepingThread(in: call)
        let reader = ProcReader()
        let directory = try reader.processDirectory(getpid())
        let expected: Set<String> =
            switch call {
            case .epoll: ["epoll_wait", "epoll_pwait"]
            case .poll: ["poll", "ppoll"]
            case .select: ["select", "pselect6"]
            case .futex: ["futex"]
            case .nanosleep: ["clock_nanosleep", "nanosleep"]
            }
        func line() throws -> SyscallLine {
            try reader.withFile("task/\(thread.tid)/syscall", of: directory) { text throws(ProcError) in
                try SyscallLine(parsing: text)
            }
        }
        func channel() throws -> WaitChannel {
            try reader.withFile("task/\(thread.tid)/wchan", of: directory) { WaitChannel(parsing: $0) }
        }
        let found = try await Self.wait {
            guard case .call(let number, let first, let second) = try line(),
                let name = SystemCall(native: number)?.name, expected.contains(name)
            else { return false }
            switch call {
            case .epoll: #expect(first == UInt64(thread.descriptor))
            case .poll: #expect(second == 1)
            case .select: #expect(first == UInt64(thread.descriptor) + 1)
            case .futex, .nanosleep: break
            }
            return true
        }
        #expect(found)
        // Kernels that take a sleeper off the run queue later say `0` for a while.
        let waits: LoopKind? = [.epoll: .epoll, .poll: .poll, .select: .poll][call]
        let named = try await Self.wait {
            let channel = try channel()
            return !channel.isUnknown && (channel.eventWait == waits || channel.eventWait == .select && call == .select)
        }
        #expect(named)
        #expect(try reader.threads(of: directory).contains(thread.tid))
        #expect(try channel().isEpollWait == (call == .epoll))
    }

    @Test func anEpollSetIsReadFromOutside() throws {
        let thread = try SleepingThread(in: .epoll)
        let reader = ProcReader()
        let directory = try reader.processDirectory(getpid())
        let target = try #require(try reader.epollTargets(thread.descriptor, of: directory).targets.first)
        let inode = try #require(target.inode)
        #expect(try reader.descriptor(target.descriptor, of: directory) == .socket(inode: inode))
    }

    @Test func aThreadThatSleepsSwitchesByItself() async throws {
        let thread = try SleepingThread(in: .nanosleep)
        let reader = ProcReader()
        let directory = try reader.processDirectory(getpid())
        func switches() throws -> UInt64 {
            try reader.withFile("task/\(thread.tid)/sched", of: directory) { text throws(ProcError) in
                try ThreadSwitches(parsing: text).voluntary
            }
        }
        let before = try switches()
        #expect(try await Self.wait { try switches() >= before + 2 })
    }

    @Test func socketsOfAProcessComeInParts() throws {
        let threads = try (0..<4).map { _ in try SleepingThread(in: .poll) }
        defer { withExtendedLifetime(threads) {} }
        let reader = ProcReader()
        let directory = try reader.processDirectory(getpid())
        let lowest = try #require(threads.map(\.descriptor).min())
        let highest = try #require(threads.map(\.descriptor).max())
        var found: [Int32] = []
        var next: Int32? = lowest
        var parts = 0
        while let first = next, first <= highest, parts < 1000 {
            let listing = try reader.sockets(of: directory, from: first, limit: 3)
            #expect(listing.sockets.allSatisfy { $0.descriptor >= first })
            found += listing.sockets.map(\.descriptor)
            next = listing.next
            parts += 1
        }
        #expect(Set(found).isSuperset(of: threads.map(\.descriptor)))
        #expect(found == found.sorted() && Set(found).count == found.count)
    }

    @Test func childrenAreListed() throws {
        // Of a process of its own: this one has children of other tests, and the list is only sure while none of them ends.
        let script = "sleep 60 & one=$!; sleep 60 & echo $one $!; wait"
        let parent = try Child(["/bin/sh", "-c", script], isTalking: true)
        let children = try #require(parent.nextLine()).split(separator: " ").compactMap { Int32($0) }
        defer { for child in children { kill(child, SIGKILL) } }
        let reader = ProcReader()
        #expect(children.count == 2)
        #expect(try reader.children(of: parent.pid).sorted() == children.sorted())
        #expect(try reader.children(of: children[0]) == [])
        #expect(throws: ProcError.self) { try reader.children(of: 0x7FFF_FFFF) }
    }
}
