import Model
import Synchronization
import Testing

@testable import Dashboard

@Suite struct HostWatchTests {
    private static let start = MonotonicInstant(nanoseconds: 1_000_000_000_000)

    /// Answers, in turn, what a source says; the last one for ever.
    private final class Script: Sendable {
        private let answers: Mutex<[Result<[String], HostSource.Problem>]>
        let asked = Mutex(0)

        init(_ answers: [Result<[String], HostSource.Problem>]) { self.answers = Mutex(answers) }

        func next() throws(HostSource.Problem) -> [HostEntry] {
            asked.withLock { $0 += 1 }
            let answer = answers.withLock { $0.count > 1 ? $0.removeFirst() : $0[0] }
            return try answer.get().map { HostEntry($0, labels: ["site": "eu-1"]) }
        }
    }

    private static func watch(
        _ sources: [String], _ answers: [Result<[String], HostSource.Problem>], known: [String] = []
    ) throws -> (watch: HostWatch?, script: Script) {
        let script = Script(answers)
        let list = try TargetList(book: [], local: [])
        let watch = HostWatch(
            sources.map { HostEntry($0) }, in: nil, list: list,
            known: try list.targets(of: known.map { HostEntry($0) }),
            now: start
        ) { (_) throws(HostSource.Problem) in (try script.next(), .seconds(10)) }
        return (watch, script)
    }

    @Test func onlyWhatIsNewIsTold() throws {
        let (made, _) = try Self.watch(["file:/hosts"], [.success(["a", "b"]), .success(["b", "c"])], known: ["a"])
        let watch = try #require(made)
        watch.askDue(now: Self.start + .seconds(5))
        let first = watch.take()
        #expect(first.map(\.label) == ["b"])
        #expect(first.map(\.labels) == [["site": "eu-1"]])
        #expect(watch.take().isEmpty)
        watch.askDue(now: Self.start + .seconds(15))
        #expect(watch.take().map(\.label) == ["c"], "a is named no more, and stays")
    }

    @Test func anAnswerHoldsForItsTimeAndAFailureForLess() throws {
        let failure = HostSource.Problem(sentence: "no answer")
        let (made, script) = try Self.watch(["srv:a.b"], [.failure(failure), .success(["a"])])
        let watch = try #require(made)
        func asked(at seconds: Int) -> Int {
            watch.askDue(now: Self.start + .seconds(seconds))
            return script.asked.withLock { $0 }
        }
        #expect(asked(at: 4) == 0)
        #expect(asked(at: 5) == 1)
        #expect(watch.take().isEmpty)
        #expect(asked(at: 34) == 1)
        #expect(asked(at: 35) == 2)
        #expect(watch.take().map(\.label) == ["a"])
        #expect(asked(at: 44) == 2)
        #expect(asked(at: 45) == 3)
    }

    @Test(arguments: [["web-1"], ["enrolled:", "local:"], ["/run/a.sock"], ["file:-"], []])
    func nothingIsWatchedWhereNothingIsAskedAgain(_ sources: [String]) throws {
        #expect(try Self.watch(sources, [.success([])]).watch == nil)
    }

    @Test func addressesBesideASourceAreNotAsked() throws {
        let (made, script) = try Self.watch(["web-1", "sd:/targets"], [.success([])])
        try #require(made).askDue(now: Self.start + .seconds(60))
        #expect(script.asked.withLock { $0 } == 1)
    }
}
