import Model
import ProcFS
import Testing

/// Links below `fd`, `exe`, `ns`, and the one-word files beside them.
struct LinkTests {
    @Test(arguments: [
        ("socket:[175222]", DescriptorLink.socket(inode: 175_222)), ("anon_inode:[eventpoll]", .eventPoll),
        ("socket:[", .other), ("socket:[]", .other), ("socket:[12", .other), ("socket:[12]x", .other),
        ("socket:[99999999999999999999]", .other), ("/tmp/socket:[1]", .other), ("", .other), ("pipe:[1]", .other),
    ])
    func namesWhatADescriptorIs(text: String, expected: DescriptorLink) {
        let bytes = Array(text.utf8)
        #expect(DescriptorLink(parsing: bytes.span) == expected)
    }

    @Test func summarisesTheDescriptorsOfAWorker() throws {
        let reader = ProcReader(root: Fixture.root("nginx"))
        let worker = try reader.descriptors(of: try reader.processDirectory(20113))
        #expect(worker.ownsEventPoll)
        #expect(worker.socketInodes == [179_448, 179_450, 179_451, 179_453, 179_455])
        let master = try reader.descriptors(of: try reader.processDirectory(20111))
        #expect(!master.ownsEventPoll)
    }

    @Test func aWorkerHoldsTheListenerItInherited() throws {
        let reader = ProcReader(root: Fixture.root("gunicorn"))
        let directory = try reader.processDirectory(19752)
        let listeners = try reader.listeners(of: directory)
        let sockets = try reader.descriptors(of: directory).socketInodes
        #expect(listeners.map(\.port) == [8000])
        #expect(listeners.allSatisfy { sockets.contains($0.inode) })
    }

    @Test func knowsTheProgramAndTheNetwork() throws {
        let reader = ProcReader(root: Fixture.root("nginx"))
        let directory = try reader.processDirectory(20113)
        #expect(try reader.executable(of: directory) == "/usr/sbin/nginx")
        #expect(try reader.networkNamespace(of: directory) == 4_026_532_180)
    }

    @Test func aProgramThatWasReplacedKeepsItsName() throws {
        let tree = try TemporaryTree(links: ["7/exe": "/usr/bin/node (deleted)"])
        let reader = ProcReader(root: tree.path)
        #expect(try reader.executable(of: try reader.processDirectory(7)) == "/usr/bin/node")
    }

    @Test func aKernelThreadHasNoProgram() throws {
        let reader = ProcReader(root: Fixture.root("kernel-thread"))
        let directory = try reader.processDirectory(2)
        #expect(throws: ProcError.vanished(file: "exe")) { try reader.executable(of: directory) }
    }

    @Test func listsTheProcessesOfATree() throws {
        #expect(try ProcReader(root: Fixture.root("nginx")).pids() == [20111, 20113, 20114, 20115, 20116])
        #expect(try ProcReader(root: Fixture.root("host")).pids() == [])
    }

    @Test func seesTheSystemCallOfAWaitingLoop() throws {
        let inside = try Fixture.bytes("container", "20298/syscall")
        let line = try SyscallLine(parsing: inside.span)
        #expect(line == .call(number: 232, firstArgument: 5, secondArgument: 0x405c_a9c0))
        #if arch(x86_64)
        #expect(line.isEpollWait)
        #endif
        let zombie = try Fixture.bytes("zombie", "20493/syscall")
        #expect(try SyscallLine(parsing: zombie.span) == .outside)
        let running = Array("running\n".utf8)
        #expect(try SyscallLine(parsing: running.span) == .running)
        #expect(!SyscallLine.running.isEpollWait)
    }

    @Test func seesWhereAProcessSleeps() throws {
        let worker = try Fixture.bytes("nginx", "20113/wchan")
        #expect(WaitChannel(parsing: worker.span).isEpollWait)
        let master = try Fixture.bytes("nginx", "20111/wchan")
        #expect(!WaitChannel(parsing: master.span).isEpollWait)
    }

    @Test(arguments: [
        ("ep_poll", LoopKind.epoll), ("do_epoll_wait", .epoll), ("do_epoll_pwait.part.0", .epoll),
        ("poll_schedule_timeout.constprop.0", .poll), ("do_sys_poll", .poll), ("do_select", .select),
        ("io_cqring_wait", .ioUring), ("__io_cqring_wait_schedule.isra.0", .ioUring),
        ("0", nil), ("", nil), ("futex_do_wait", nil), ("hrtimer_nanosleep", nil), ("do_signal_stop", nil),
    ])
    func knowsEventWaitsByTheirFunction(text: String, expected: LoopKind?) {
        let bytes = Array(text.utf8)
        let channel = WaitChannel(parsing: bytes.span)
        #expect(channel.eventWait == expected)
        #expect(channel.isEpollWait == (expected == .epoll))
        #expect(channel.isUnknown == (text.isEmpty || text == "0"))
        #expect(channel.isStopped == (text == "do_signal_stop"))
        #expect(!channel.isFrozen)
    }

    @Test(arguments: ["get_signal", "do_freezer_trap", "__refrigerator"])
    func aFrozenThreadIsFrozen(text: String) {
        let bytes = Array(text.utf8)
        let channel = WaitChannel(parsing: bytes.span)
        #expect(channel.isFrozen && !channel.isStopped && channel.eventWait == nil)
    }
}
