import Glibc
import Synchronization
import Testing

@testable import Agent

/// `looptop-agent stdio` between a pair of streams, as sshd gives them (sockets) and as a shell does (pipes).
@Suite(.timeLimit(.minutes(1))) struct BytePumpTests {
    /// Both ends of what a pump stands between.
    fileprivate final class Ends: Sendable {
        /// What a test writes to and reads from at ssh's side, and the agent's side.
        let input: CInt, output: CInt, agent: CInt
        private let near: (input: CInt, output: CInt, socket: CInt)
        private let thread = Mutex<pthread_t?>(nil)

        init(pipes: Bool) {
            var first: [CInt] = [-1, -1]
            var second: [CInt] = [-1, -1]
            var socket: [CInt] = [-1, -1]
            let stream = CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
            if pipes {
                pipe(&first)
                pipe(&second)
            } else {
                socketpair(AF_UNIX, stream, 0, &first)
                socketpair(AF_UNIX, stream, 0, &second)
            }
            socketpair(AF_UNIX, stream | CInt(SOCK_NONBLOCK.rawValue), 0, &socket)
            _ = fcntl(socket[1], F_SETFL, 0)
            (input, output, agent) = (first[1], second[0], socket[1])
            near = (first[0], second[1], socket[0])
        }

        /// Runs the pump in a thread; at its end its descriptors are closed, as those of a process that ends.
        func pump() {
            var made = pthread_t()
            let own = Unmanaged.passRetained(self)
            pthread_create(
                &made, nil,
                { argument in
                    guard let argument else { return nil }
                    let near = Unmanaged<Ends>.fromOpaque(argument).takeRetainedValue().near
                    BytePump(input: near.input, output: near.output, socket: near.socket).run()
                    for descriptor in [near.input, near.output, near.socket] { close(descriptor) }
                    return nil
                }, own.toOpaque())
            thread.withLock { [made] in $0 = made }
        }

        /// Until the pump has ended.
        func join() { if let thread = thread.withLock({ $0 }) { pthread_join(thread, nil) } }
    }

    private func send(_ bytes: [UInt8], to descriptor: CInt) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }

    /// So many bytes, or all until the end.
    private func receive(_ count: Int = .max, from descriptor: CInt) -> [UInt8] {
        var found: [UInt8] = []
        var room = [UInt8](repeating: 0, count: 8192)
        while found.count < count {
            let count = read(descriptor, &room, min(room.count, count - found.count))
            guard count > 0 else { break }
            found += room[..<count]
        }
        return found
    }

    private static let much = (0..<1_000_000).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 11) }

    @Test(arguments: [true, false]) func bytesComeThroughWholeBothWays(pipes: Bool) {
        let ends = Ends(pipes: pipes)
        ends.pump()
        send(Array("hello".utf8), to: ends.input)
        #expect(receive(5, from: ends.agent) == Array("hello".utf8))
        // More than any of the buffers holds, to a reader that begins when all of them are full.
        let writer = Ends.write(Self.much, to: ends.agent)
        #expect(receive(Self.much.count, from: ends.output) == Self.much)
        pthread_join(writer, nil)
        let other = Ends.write(Self.much, to: ends.input)
        #expect(receive(Self.much.count, from: ends.agent) == Self.much)
        pthread_join(other, nil)
        close(ends.agent)
        #expect(receive(from: ends.output).isEmpty, "the agent's end is told")
        ends.join()
        close(ends.input)
        close(ends.output)
    }

    @Test(arguments: [true, false]) func theEndOfInputIsToldAndTheAnswerStillComes(pipes: Bool) {
        let ends = Ends(pipes: pipes)
        ends.pump()
        send(Array("last".utf8), to: ends.input)
        close(ends.input)
        #expect(receive(from: ends.agent) == Array("last".utf8))
        send(Array("answer".utf8), to: ends.agent)
        close(ends.agent)
        #expect(receive(from: ends.output) == Array("answer".utf8))
        ends.join()
        close(ends.output)
    }

    @Test(arguments: [true, false]) func whatTheAgentSaidLastIsWrittenWhole(pipes: Bool) {
        let ends = Ends(pipes: pipes)
        ends.pump()
        let writer = Ends.write(Self.much, to: ends.agent, closes: true)
        #expect(receive(from: ends.output) == Self.much)
        pthread_join(writer, nil)
        ends.join()
        close(ends.input)
        close(ends.output)
    }

    @Test(arguments: [true, false]) func itEndsWhenNobodyReads(pipes: Bool) {
        let ends = Ends(pipes: pipes)
        ends.pump()
        close(ends.output)
        if !pipes { close(ends.input) }
        ends.join()
        #expect(receive(from: ends.agent).isEmpty)
        close(ends.agent)
        if pipes { close(ends.input) }
    }

    @Test func anAgentThatTakesNothingDoesNotHoldUpWhatItSays() {
        let ends = Ends(pipes: false)
        ends.pump()
        // It reads nothing, and soon nothing more fits.
        _ = fcntl(ends.input, F_SETFL, O_NONBLOCK)
        send(Self.much, to: ends.input)
        send(Array("said".utf8), to: ends.agent)
        #expect(receive(4, from: ends.output) == Array("said".utf8))
        close(ends.agent)
        #expect(receive(from: ends.output).isEmpty)
        ends.join()
        close(ends.input)
        close(ends.output)
    }
}

extension BytePumpTests.Ends {
    private final class Load: Sendable {
        let bytes: [UInt8], descriptor: CInt, closes: Bool

        init(_ bytes: [UInt8], _ descriptor: CInt, _ closes: Bool) {
            (self.bytes, self.descriptor, self.closes) = (bytes, descriptor, closes)
        }
    }

    /// Writes in a thread of its own.
    fileprivate static func write(_ bytes: [UInt8], to descriptor: CInt, closes: Bool = false) -> pthread_t {
        var thread = pthread_t()
        let load = Unmanaged.passRetained(Load(bytes, descriptor, closes))
        pthread_create(
            &thread, nil,
            { argument in
                guard let argument else { return nil }
                let load = Unmanaged<Load>.fromOpaque(argument).takeRetainedValue()
                var rest = load.bytes[...]
                while !rest.isEmpty {
                    let count = rest.withUnsafeBytes { Glibc.write(load.descriptor, $0.baseAddress, $0.count) }
                    guard count > 0 else { break }
                    rest = rest.dropFirst(count)
                }
                if load.closes { close(load.descriptor) }
                return nil
            }, load.toOpaque())
        return thread
    }
}
