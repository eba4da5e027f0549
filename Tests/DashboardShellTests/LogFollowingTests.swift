import Model
import Testing

@testable import Dashboard

/// `looptop logs` without hosts and terminal.
struct LogFollowingTests {
    private let start = MonotonicInstant(nanoseconds: 1_000_000_000_000)

    private func at(_ second: Double) -> MonotonicInstant { start + .seconds(second) }

    private func following(
        _ count: Int = 1, follows: Bool = false, merges: Bool = false
    ) -> LogFollowing {
        let subjects = (0..<count).map { number in
            LogFollowing.Subject(
                host: number, label: "web-\(number)/api", request: LogRequest(groupKey: "api", lines: 10))
        }
        return LogFollowing(subjects, follows: follows, merges: merges, patience: .seconds(10), now: start)
    }

    private static let file = LogPage.Source(text: "stdout: /x", stream: .output, slots: [1], isReadable: true)

    private func page(
        _ texts: [String], times: [Int64?] = [], cursor: UInt8 = 1, hasMore: Bool = false, source: LogPage.Source = file
    ) -> Answer.Body {
        let lines = texts.enumerated().map { index, text in
            LogLine(
                source: 0,
                time: times.indices.contains(index) ? times[index].map { WallTime(nanoseconds: $0) } : nil, text: text)
        }
        return .log(LogPage(sources: [source], lines: lines, cursor: [cursor], hasMore: hasMore))
    }

    /// Asks and answers each host in turn; what is asked of whom.
    private func round(
        _ following: inout LogFollowing, _ second: Double, _ answers: [Int: Answer.Body]
    ) -> [Int] {
        let questions = following.questions(now: at(second))
        for (host, body) in questions {
            guard case .log(let request) = body, let answer = answers[host] else { continue }
            following.take(answer, to: request, from: host, now: at(second))
        }
        return questions.map(\.host)
    }

    private func output(_ following: inout LogFollowing, _ second: Double, skew: Int64 = 0) -> [String] {
        let pieces = following.output(now: at(second)) { time, host in
            WallTime(nanoseconds: time.nanoseconds - skew * Int64(host))
        }
        return pieces.map { piece in
            switch piece {
            case .note(let text): "! \(text)"
            case .entry(let entry): "\(entry.subject) \(entry.line.text)"
            }
        }
    }

    @Test func oneLogIsReadToItsEnd() {
        var following = following()
        #expect(round(&following, 0, [0: page(["a"], hasMore: true)]) == [0])
        #expect(output(&following, 0) == ["0 a"] && !following.isOver)
        #expect(round(&following, 0, [0: page(["b"])]) == [0])
        #expect(output(&following, 0) == ["0 b"] && following.isOver && following.status == .done)
    }

    @Test func logsOfSeveralComeOneAfterTheOther() {
        var following = following(2)
        #expect(round(&following, 0, [1: page(["b"])]) == [0, 1])
        #expect(output(&following, 0) == [])
        #expect(round(&following, 1, [:]) == [])
        following.take(page(["a"]), to: following.subjects[0].request, from: 0, now: at(1))
        #expect(output(&following, 1) == ["0 a", "1 b"] && following.isOver)
    }

    @Test func mergedByTime() {
        var following = following(2, merges: true)
        _ = round(
            &following, 0,
            [
                0: page(["first", "  of first", "third"], times: [1000, nil, 3000]),
                1: page(["no time", "second", "fourth"], times: [nil, 2000 + 500, 4000 + 500]),
            ])
        #expect(
            output(&following, 0, skew: 500)
                == ["1 no time", "0 first", "0   of first", "1 second", "0 third", "1 fourth"])
    }

    @Test func whoFollowsAsksEachSecond() {
        var following = following(follows: true)
        #expect(round(&following, 0, [0: page(["a"], cursor: 7)]) == [0])
        #expect(output(&following, 0) == ["0 a"] && !following.isOver)
        #expect(round(&following, 0.5, [:]) == [])
        #expect(following.wake(now: at(0.5)) == at(1))
        let questions = following.questions(now: at(1))
        guard case .log(let request)? = questions.first?.body else { return }
        #expect(request.cursor == [7])
        following.take(page(["b"]), to: request, from: 0, now: at(1))
        #expect(output(&following, 1) == ["0 b"])
    }

    @Test func oneThatIsSlowDoesNotHoldUpTheOthersForLong() {
        var following = following(2, follows: true)
        _ = round(&following, 0, [0: page(["a"])])
        #expect(output(&following, 1) == [])
        #expect(output(&following, 3.5) == ["0 a"])
    }

    @Test func failuresHaveTheirStatus() {
        var denied = following(2)
        _ = round(&denied, 0, [0: .denied("you are viewer"), 1: page(["b"])])
        #expect(output(&denied, 0) == ["! web-0/api: you are viewer", "1 b"])
        #expect(denied.isOver && denied.status == .notAllowed)
        var unknown = following()
        _ = round(&unknown, 0, [0: .unknown("no such app is known")])
        #expect(output(&unknown, 0) == ["! web-0/api: no such app is known"] && unknown.status == .failed)
        var late = following()
        _ = round(&late, 0, [:])
        #expect(round(&late, 11, [:]) == [] && late.isOver && late.status == .timedOut)
        var nowhere = following()
        let source = LogPage.Source(text: "stdout: /dev/null", stream: .both, slots: [1], isReadable: false)
        _ = round(&nowhere, 0, [0: page([], source: source)])
        #expect(output(&nowhere, 0) == ["! web-0/api: stdout: /dev/null"] && nowhere.status == .failed)
    }

    @Test func whoFollowsTriesAgainAndIsToldOnce() {
        var following = following(follows: true)
        _ = round(&following, 0, [0: page(["a"])])
        _ = output(&following, 0)
        _ = round(&following, 1, [0: .unknown("the host is not connected")])
        #expect(output(&following, 1) == ["! web-0/api: the host is not connected"])
        #expect(round(&following, 2, [:]) == [])
        _ = round(&following, 4, [0: .unknown("the host is not connected")])
        #expect(output(&following, 4) == [] && !following.isOver)
        _ = round(&following, 7, [0: page(["b"])])
        #expect(output(&following, 7) == ["0 b"])
    }
}
