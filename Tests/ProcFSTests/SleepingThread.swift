import CLinux
import Glibc
import TestSupport

/// A thread of this process that sleeps in a call of the test's choice, until it is ended.
final class SleepingThread {
    enum Call: CaseIterable {
        case epoll, poll, select, futex, nanosleep
    }

    let tid: Int32
    /// What the call waits on; for epoll, the epoll descriptor.
    let descriptor: CInt
    private let shared: Shared
    private let handle: pthread_t

    /// What the thread and the test share; the thread only reads it after it was made.
    private final class Shared: @unchecked Sendable {
        let call: Call
        var ends: [CInt] = [-1, -1]
        var epoll: CInt = -1
        let tid = UnsafeMutablePointer<Int32>.allocate(capacity: 1)
        /// Locked by the test while the thread is to sleep.
        let gate = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
        init(call: Call) {
            self.call = call
            tid.initialize(to: 0)
            pthread_mutex_init(gate, nil)
        }
        deinit {
            for descriptor in ends + [epoll] where descriptor >= 0 { close(descriptor) }
            pthread_mutex_destroy(gate)
            gate.deallocate()
            tid.deallocate()
        }

        func sleep() {
            switch call {
            case .epoll:
                var event = epoll_event()
                epoll_wait(epoll, &event, 1, -1)
            case .poll:
                var waiting = pollfd(fd: ends[0], events: Int16(POLLIN), revents: 0)
                Glibc.poll(&waiting, 1, -1)
            case .select:
                var set = fd_set()
                withUnsafeMutableBytes(of: &set) { $0[Int(ends[0]) / 8] = 1 << UInt8(ends[0] % 8) }
                Glibc.select(ends[0] + 1, &set, nil, nil, nil)
            case .futex:
                pthread_mutex_lock(gate)
                pthread_mutex_unlock(gate)
            case .nanosleep:
                var byte: UInt8 = 0
                while recv(ends[0], &byte, 1, CInt(MSG_DONTWAIT)) < 0 { usleep(50_000) }
            }
        }
    }

    init(in call: Call) throws {
        let shared = Shared(call: call)
        let kind = CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, kind, 0, &shared.ends) == 0 else {
            throw SystemError(call: "socketpair", errno: errno)
        }
        if call == .epoll {
            shared.epoll = epoll_create1(CInt(EPOLL_CLOEXEC))
            let failure = looptop_epoll_add(shared.epoll, shared.ends[0], EPOLLIN.rawValue, 0)
            guard failure == 0 else { throw SystemError(call: "epoll_ctl", errno: -failure) }
        }
        pthread_mutex_lock(shared.gate)
        descriptor = call == .epoll ? shared.epoll : shared.ends[0]
        let argument = Unmanaged.passRetained(shared)
        var handle = pthread_t()
        let failure = pthread_create(
            &handle, nil,
            { argument in
                guard let argument else { return nil }
                let shared = Unmanaged<Shared>.fromOpaque(argument).takeRetainedValue()
                shared.tid.pointee = threadNumber()
                var byte: UInt8 = 1
                _ = write(shared.ends[0], &byte, 1)
                shared.sleep()
                return nil
            }, argument.toOpaque())
        guard failure == 0 else {
            argument.release()
            throw SystemError(call: "pthread_create", errno: failure)
        }
        self.shared = shared
        self.handle = handle
        var byte: UInt8 = 0
        guard read(shared.ends[1], &byte, 1) == 1 else { throw SystemError(call: "read", errno: errno) }
        tid = shared.tid.pointee
    }

    deinit {
        var byte: UInt8 = 1
        _ = write(shared.ends[1], &byte, 1)
        pthread_mutex_unlock(shared.gate)
        pthread_join(handle, nil)
    }
}

/// The last part of the link `/proc/thread-self`: the C library's module has no gettid.
private func threadNumber() -> Int32 {
    var text = [CChar](repeating: 0, count: 64)
    let count = readlink("/proc/thread-self", &text, text.count)
    let link = String(decoding: text.prefix(max(0, count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    return link.split(separator: "/").last.flatMap { Int32($0) } ?? 0
}
