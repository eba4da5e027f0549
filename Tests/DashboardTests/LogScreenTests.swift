import Console
import Model
import Testing

@testable import Dashboard

/// The log as an operator sees it.
struct LogScreenTests {
    private static let file = LogPage.Source(
        text: "stdout and stderr: /srv/api/log/api.log", stream: .both, slots: [1, 2], isReadable: true)
    private static let journal = LogPage.Source(
        text: "stderr: the journal", stream: .errors, slots: [3], isReadable: true)
    private static let texts = [
        "2026-11-20T13:56:58.114Z INFO  listening on 0.0.0.0:3000",
        "2026-11-20T13:57:01.002Z WARN  slow query 412ms select id, total from orders where customer = 7 order by id limit 50",
        "2026-11-20T13:57:02.418Z ERROR request timeout id=7f3a path=/v1/invoice/export",
        "    at Timeout._onTimeout (/srv/api/server.js:88:15)\tnode:internal",
        "evil \u{1B}]52;c;x\u{07}\u{9B}2J\u{202E}name", "日本語のログ行",
    ]

    static func page(_ count: Int = 60) -> LogPage {
        var lines = (1...count).map {
            LogLine(source: 0, timeIsInText: true, text: "line \($0) of what was there before")
        }
        lines.append(LogLine(source: 0, isRemark: true, text: "128 lines dropped: more is written than can be told"))
        lines += texts.map { LogLine(source: 0, text: $0) }
        lines.append(
            LogLine(
                source: 1, slot: 3, time: DemoFleet.wall(3), text: "api[3]: WARN heap 940M of 1024M", cutBytes: 9000))
        return LogPage(sources: [file, journal], lines: lines, cursor: [1])
    }

    /// On the screen of a log, with what the agent answers.
    private func demo(
        _ size: Size = Size(rows: 24, columns: 80), keys: [Key] = [.enter, .character("l")],
        answer body: Answer.Body = .log(page())
    ) -> DemoFleet {
        var demo = DemoFleet.settled(size: size)
        for key in keys { demo.press(key) }
        answer(&demo, body)
        return demo
    }

    private func answer(_ demo: inout DemoFleet, _ answer: Answer.Body) {
        guard let question = demo.logQuestions.last else { return }
        demo.link(0, .answer(question, answer))
    }

    @Test(arguments: ScreenGoldenTests.sizes) func looksAsDrawn(_ size: Size) throws {
        try Golden.check(demo(size).frame(), "log-\(size.columns)x\(size.rows)")
    }

    @Test func looksAsDrawnWithoutUTF8() throws {
        try Golden.check(demo().frame(.ascii), "log-80x24-ascii")
    }

    @Test func wrappedAndFiltered() throws {
        var demo = demo()
        demo.press(.character("w"))
        try Golden.check(demo.frame(), "log-wrapped-80x24")
        demo.press(.character("/"))
        demo.type("warn")
        #expect(demo.frame().text(row: 23).hasPrefix("filter: warn"))
        demo.press(.enter)
        guard case .log(let request)? = demo.logQuestions.last else {
            Issue.record("nothing was asked")
            return
        }
        #expect(request.filter == "warn" && request.cursor == [])
        let page = Self.page()
        answer(
            &demo,
            .log(
                LogPage(
                    sources: page.sources, lines: page.lines.filter { LogFilter("warn").matches($0.text) }, cursor: [2])
            ))
        try Golden.check(demo.frame(), "log-filtered-80x24")
        demo.press(.escape)
        #expect(demo.state.kind == .log && demo.state.filter.isEmpty, "first the filter goes")
        demo.press(.escape)
        #expect(demo.state.kind == .host)
    }

    @Test func whatCannotBeReadSaysWhy() throws {
        let nowhere = LogPage.Source(
            text: "stdout and stderr: a pipe of pid 812 (supervisord); what it keeps of that is not known",
            stream: .both,
            slots: [1], isReadable: false)
        try Golden.check(demo(answer: .log(LogPage(sources: [nowhere]))).frame(), "log-nowhere-80x24")
        let text =
            "logs of api need the role operator, you are viewer; to change that, write "
            + "apps: { \"api\": { logs: \"viewer\" } } into the host's policy"
        #expect(demo(answer: .denied(text)).frame().text.contains("into the host's policy"))
        #expect(demo(answer: .unknown("no such app is known")).frame().text.contains("no such app is known"))
        #expect(demo(answer: .log(LogPage(sources: []))).frame().text.contains("no worker that writes"))
    }

    @Test func keysScrollFollowAndSearch() {
        var demo = demo()
        #expect(demo.frame().text.contains("follow on"))
        demo.press(.up)
        #expect(demo.frame().text.contains("follow off"))
        demo.press(.home)
        #expect(demo.frame().text.contains("line 1 of what"))
        demo.press(.end)
        #expect(demo.frame().text.contains("follow on") && demo.frame().text.contains("heap 940M"))
        demo.press(.character("f"))
        #expect(demo.frame().text.contains("follow off"))
        demo.press(.character("n"))
        #expect(demo.frame().text.contains("type what to look for with / first"))
        demo.press(.character("s"))
        #expect(demo.frame().text.contains("stdout"))
    }

    /// A worker's screen and an app's lead there, too, and the fleet's says how.
    @Test func isOpenedFromEverywhere() {
        var demo = demo(keys: [.enter, .down, .enter, .character("l")])
        guard case .log(let view) = demo.state.screen else {
            Issue.record("no log")
            return
        }
        #expect(view.slot != nil && demo.frame().text(row: 2).contains("#"))
        demo.press(.escape, .escape, .escape, .character("l"))
        #expect(demo.state.kind == .fleet)
        #expect(demo.state.message?.text == "log: open a host with Enter and choose a worker or app first")
    }

    @Test func helpSaysWhatStandsBetweenDashes() {
        var demo = demo()
        demo.press(.character("?"))
        #expect(demo.frame().text(row: 2).contains("lines between dashes") && demo.frame().text.contains("MOVE"))
        demo.press(.character("?"))
        #expect(demo.frame().text.contains("-- ... --") && demo.frame().text.contains("‹redacted›"))
    }

    /// Nothing of what a worker writes reaches the terminal as it is.
    @Test func hostileLinesAreShownAndNotObeyed() {
        for row in 0..<24 {
            for scalar in demo().frame().text(row: row).unicodeScalars {
                #expect(scalar.value >= 0x20 && !(0x7F...0x9F ~= scalar.value) && scalar.value != 0x202E)
            }
        }
        #expect(demo().frame().text.contains("evil \\x1b]52;c;x\\x07\\x9b2J\\u{202e}name"))
    }

    @Test func theCursorIsOnTheNewestLine() {
        let frame = demo().frame()
        #expect(frame.cursor.map { frame.text(row: $0.row).contains("heap 940M") } == true)
    }

    /// Where there is room, a worker's screen has the newest lines.
    @Test(arguments: [Size(rows: 24, columns: 80), Size(rows: 40, columns: 120), Size(rows: 60, columns: 200)])
    func theWorkersScreenHasAPanel(_ size: Size) throws {
        var demo = DemoFleet.settled(size: size)
        demo.press(.enter, .down, .enter)
        guard case .log(let request)? = demo.logQuestions.last else {
            Issue.record("nothing was asked")
            return
        }
        #expect(request.cursor == [] && request.lines == (size.rows == 60 ? 8 : 4))
        demo.link(0, .answer(.log(request), .log(Self.page())))
        demo.press(.end)
        try Golden.check(demo.frame(), "worker-log-\(size.columns)x\(size.rows)")
    }
}

extension DemoFleet {
    var logQuestions: [Query.Body] { questions.filter { if case .log = $0 { true } else { false } } }
}
