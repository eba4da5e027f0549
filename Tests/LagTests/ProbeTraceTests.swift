import Lag
import Model
import Testing

@Suite struct ProbeTraceTests {
    private static func at(_ nanoseconds: UInt64) -> MonotonicInstant { MonotonicInstant(nanoseconds: nanoseconds) }

    static let places: [Probe.Place] = [
        .running, .call(.epollPwait, firstArgument: 13), .call(SystemCall(number: 202), firstArgument: UInt64.max),
        .outside, .asleep(inEventWait: true), .asleep(inEventWait: false), .stopped,
    ]

    static var trace: ProbeTrace {
        var first = ProbeTrace.Loop(
            pid: 71, tid: 72, tier: .perf, kind: .ioUring, tick: .milliseconds(4), began: at(1_000_000))
        for (index, place) in places.enumerated() {
            let step = UInt64(index)
            first.records.append(
                .probe(
                    Probe(
                        at: at(2_000_000 + step * 10_000_000), runNanoseconds: step * 7, waitNanoseconds: step,
                        timeslices: step, place: place)))
        }
        first.records.append(.unchanged(at(90_000_000)))
        first.records.append(
            .probe(
                Probe(
                    at: at(100_000_000), runNanoseconds: .max, waitNanoseconds: .max, timeslices: .max,
                    place: .running, voluntarySwitches: 4, involuntarySwitches: .max,
                    calls: CallCounts(reads: 1, writes: 2),
                    sockets: SocketEvidence(
                        consumedBytes: 3, sentBytes: 4, unreadBytes: 5, turns: 6,
                        unreadSince: MonotonicInstant(nanoseconds: 7)),
                    throttledNanoseconds: 6, runnable: 7,
                    switches: [
                        .init(at: at(91_000_000), kind: .into), .init(at: at(92_000_000), kind: .preempted),
                        .init(at: at(93_000_000), kind: .into), .init(at: at(94_000_000), kind: .sleep),
                        .init(at: at(95_000_000), kind: .into, waitNanoseconds: 17),
                        .init(
                            at: at(96_000_000), kind: .sleep,
                            place: .call(SystemCall(number: 281), firstArgument: 13)),
                    ], lostSwitches: true)))
        first.records.append(.adopted(at(100_000_000), epollDescriptor: 19))
        first.records.append(.close(at(101_000_000)))
        let second = ProbeTrace.Loop(
            pid: 71, tid: 71, tier: .nosys, kind: .unknown, tick: .milliseconds(1), began: at(5), epollDescriptor: 13,
            records: [.close(at(6))])
        return ProbeTrace(loops: [first, second])
    }

    static func written(_ trace: ProbeTrace) -> String {
        var writer = ProbeTraceWriter()
        for loop in trace.loops {
            let number = writer.begin(loop)
            for record in loop.records { writer.write(record, of: number) }
        }
        return writer.take()
    }

    @Test func whatIsWrittenIsReadBack() throws {
        let text = Self.written(Self.trace)
        #expect(try ProbeTrace(parsing: text) == Self.trace)
        #expect(text.hasPrefix("looptop-probes 1\nL 0 71 72 perf io_uring 4000000 1000000\nP 0 +1000000 0 0 0 R\n"))
        #expect(text.contains("c281:d\n"))
        #expect(text.hasSuffix("\nL 1 71 71 nosys unknown 1000000 5 e13\nW 1 +1\n"))
    }

    @Test func aLineThatWasCutOffDoesNotCount() throws {
        let text = Self.written(Self.trace)
        let cut = try ProbeTrace(parsing: String(text.dropLast(3)))
        #expect(cut.loops[0] == Self.trace.loops[0])
        #expect(cut.loops[1].records.isEmpty)
    }

    @Test func commentsAreSkipped() throws {
        #expect(try ProbeTrace(parsing: "looptop-probes 1\n# recorded on Linux 6.18\n\n").loops.isEmpty)
    }

    @Test(
        arguments: [
            "", "P 0 +1 0 0 0 R\n", "looptop-probes 2\n", "looptop-probes 1\nP 0 +1 0 0 0 R\n",
            "looptop-probes 1\nL 1 1 1 proc epoll 4 1\n", "looptop-probes 1\nL 0 1 1 proc epoll 4\n",
            "looptop-probes 1\nL 0 1 1 good epoll 4 1\n", "looptop-probes 1\nL 0 1 1 proc kqueue 4 1\n",
            "looptop-probes 1\nL 0 1 1 proc epoll 4 1 1\n", "looptop-probes 1\nL 0 1 1 proc epoll 4 1 e\n",
            "looptop-probes 1\nL 0 1 1 proc epoll 4 1 e1 2\n",
        ]
            + [
                "= 0 1", "= 0 +-1", "= 0 +x", "X 0 +1", "P 0 +1 0 0 0", "P 0 +1 0 0 0 Q", "P 0 +1 0 0 0 c1", "= 0 +1 2",
            ]
            .map { "looptop-probes 1\nL 0 1 1 proc epoll 4 1\n\($0)\n" }
            + ["v", "c1", "s1:2", "z1", "v1:2", "v-1", "c:1"]
            .map { "looptop-probes 1\nL 0 1 1 proc epoll 4 1\nP 0 +1 0 0 0 R \($0)\n" })
    func whatIsNoTraceIsRefused(_ text: String) {
        #expect(throws: ProbeTrace.Malformed.self) { try ProbeTrace(parsing: text) }
    }

    @Test func aReplayClosesItsWindows() {
        #expect(Self.trace.loops.map { $0.replayed().count } == [1, 1])
    }
}
