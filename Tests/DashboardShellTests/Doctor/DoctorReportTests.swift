import Console
import Model
import Testing

@testable import Dashboard

@Suite struct DoctorReportTests {
    private static func report(_ findings: [Finding]) -> DoctorReport {
        DoctorReport(findings: findings, wall: SampleFleet.wall)
    }

    private static var some: [Finding] {
        var host = Finding(.host, "tcp", .fail, "TCP does not connect: refused.", advice: "Start it.")
        host.host = "web-1:7433"
        return [
            Finding(.terminal, "kind", .ok, "TERM is xterm, which is known here."),
            Finding(.terminal, "size", .warn, "The screen is small.", advice: "Make it larger."), host,
        ]
    }

    @Test func sentencesStandUnderTheirSubject() {
        #expect(
            Self.report(Self.some).text(width: nil, problemsOnly: false) == """
                Terminal
                  OK    TERM is xterm, which is known here.
                  WARN  The screen is small.
                        Make it larger.

                web-1:7433
                  FAIL  TCP does not connect: refused.
                        Start it.

                1 failure, 1 warning.

                """)
    }

    @Test func onlyProblemsWhereOnlyTheyAreWanted() {
        let text = Self.report(Self.some).text(width: nil, problemsOnly: true)
        #expect(!text.contains("OK"))
        #expect(text.hasPrefix("Terminal\n  WARN"))
        let well = Self.report([Finding(.clock, "kept", .ok, "It is noon.")])
        #expect(well.text(width: nil, problemsOnly: true) == "All is well.\n")
        #expect(well.status == .done)
        #expect(Self.report(Self.some).status == .failed)
        #expect(Self.report(Array(Self.some.prefix(2))).status == .done, "a warning is no failure")
    }

    @Test func linesAreBrokenBetweenWords() {
        let lines = DoctorReport.lines(
            "one two three four five six seven eight nine", after: "  OK    ", width: 40
        ).split(separator: "\n")
        #expect(lines == ["  OK    one two three four five six", "        seven eight nine"])
        let long = String(repeating: "x", count: 90)
        #expect(DoctorReport.lines(long, after: "  OK    ", width: 40) == "  OK    \(long)\n")
    }

    /// Names and kernels are told by hosts.
    @Test func nothingThatATerminalObeysIsPrinted() {
        var finding = Finding(.host, "version", .ok, "It calls itself \u{1B}]52;c;x\u{07}\u{9B}2J.")
        finding.host = "a\u{1B}[2J"
        let text = Self.report([finding]).text(width: 80, problemsOnly: false)
        #expect(!text.unicodeScalars.contains { $0.value < 0x20 && $0 != "\n" || (0x7F...0x9F).contains($0.value) })
    }

    @Test func programsGetEveryKey() throws {
        let text = try JSONText.encode(DoctorDocument(Self.report(Self.some)), pretty: false)
        #expect(text.contains("\"failures\":1"))
        #expect(text.contains("\"warnings\":1"))
        #expect(
            text.contains(
                "{\"advice\":null,\"check\":\"terminal.kind\",\"host\":null,\"text\":\"TERM is xterm, which is known here.\","
                    + "\"verdict\":\"ok\"}"))
    }

    @Test(arguments: [
        ("no such thing", "No such thing."), ("TERM is not set", "TERM is not set."), ("/etc/x: bad", "/etc/x: bad."),
        ("Whole.", "Whole."), ("config.json5:1: x", "config.json5:1: x."),
    ])
    func aReasonBecomesASentence(_ reason: String, _ sentence: String) {
        #expect(Finding.sentence(reason) == sentence)
    }
}

@Suite struct TerminalFindingsTests {
    private func all(_ change: (inout TerminalSurvey, inout TerminalAnswers) -> Void) -> [String] {
        var survey = TerminalSurvey { ["TERM": "xterm-256color", "LANG": "C.UTF-8"][$0] }
        survey.colors = 256
        survey.isUnicode = true
        survey.glyphs = .block
        var answers = TerminalAnswers()
        answers.size = Size(rows: 24, columns: 80)
        answers.blockColumns = 1
        change(&survey, &answers)
        return TerminalFindings(survey: survey, answers: answers).all.map { "\($0.verdict.rawValue) \($0.check)" }
    }

    @Test func theUsualTerminalIsWell() {
        #expect(
            all { _, _ in } == [
                "ok terminal.kind", "ok terminal.size", "ok terminal.glyphs", "ok terminal.pictures", "ok locale.there",
            ])
    }

    @Test func whatMakesTablesUnreadableIsAWarning() {
        #expect(all { $1.blockColumns = 2 }.contains("warn terminal.glyphs"))
        #expect(all { $1.size = Size(rows: 24, columns: 79) }.contains("warn terminal.size"))
        #expect(all { $1.size = nil }.contains("warn terminal.size"))
        #expect(all { survey, _ in survey.isUnicode = false }.contains("warn locale.there"))
        #expect(
            !all { survey, answers in (survey.glyphs, answers.blockColumns) = (.ascii, 2) }.contains {
                $0.hasPrefix("warn")
            })
    }

    @Test func aTerminalThatCannotBeDrawnOnFails() {
        let told = all { survey, _ in survey.problem = .noTerminalName }
        #expect(told == ["fail terminal.kind", "ok terminal.size", "ok locale.there"])
    }

    @Test func withoutATerminalThereIsNothingWrong() {
        let survey = TerminalSurvey { _ in nil }
        #expect(TerminalFindings(survey: survey, answers: nil).all.allSatisfy { $0.verdict == .ok })
    }
}
