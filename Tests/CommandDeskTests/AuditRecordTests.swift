import Control
import Model
import Testing

@testable import Agent

private typealias Samples = AuditSamples

private let hexCommand = "00000000000000c00000000000000001"
private let beginning = """
    {"time":"2026-09-01T12:00:00.123Z","monotonic_ns":42,"boot":"\(AuditSamples.hexBoot)",
    """

/// Without what only a machine reads.
private func text(_ record: AuditRecord) -> String {
    let line = String(decoding: record.line, as: UTF8.self)
    guard let wire = line.firstRange(of: ",\"wire\":\"") else { return line }
    return line[..<wire.lowerBound] + "}\n"
}

@Test func anIntentNamesWhoAndWhat() {
    #expect(
        text(Samples.record()) == beginning + """
            "record":"intent","command":"\(hexCommand)","action":"restart","issuer":"user/ada","role":"operator",\
            "certificate_serial":"0A1B","target":{"pid":10,"start_ticks":100,"boot":"\(Samples.hexBoot)"},"app":"web",\
            "group":"g","slot":3,"grace_ms":10000}

            """)
}

@Test func aResultHoldsTheEvidence() {
    let evidence = RestartEvidence(
        signals: [SentSignal(number: 15, after: .zero), SentSignal(number: 9, after: .milliseconds(10_001))],
        exited: .milliseconds(10_020), exitStatus: .signal(9), replacement: Samples.worker(20, ticks: 200),
        replaced: .seconds(11), fallen: 2, detail: "supervisord: done")
    let line = text(Samples.record(verdict: .replaced(evidence)))
    #expect(
        line.hasSuffix(
            """
            "grace_ms":10000,"verdict":"replaced","signals":[{"number":15,"after_ms":0},{"number":9,"after_ms":10001}],\
            "forced":true,"exited_ms":10020,"exit_signal":9,"replacement":{"pid":20,"start_ticks":200,\
            "boot":"\(Samples.hexBoot)"},"replaced_ms":11000,"fallen":2,"evidence":"supervisord: done"}

            """))
    #expect(line.contains("\"record\":\"result\""))
}

@Test func everyVerdictHasItsWord() {
    let none = RestartEvidence()
    let empty = #","signals":[],"forced":false}"#
    let orphan = PortOrphan(process: ProcessRef(pid: 7, startTicks: 8), port: 80)
    let roll = RollSummary(
        id: CommandID(high: 0, low: 1), state: .failed, issuer: "user/ada", total: 8, replaced: 1,
        reason: "slot 2: crash loop", began: MonotonicInstant(nanoseconds: 1))
    let group = GroupEvidence(before: 4, after: 5, wanted: 5, gone: 0, new: 1, elapsed: .seconds(2), detail: "TTIN")
    let groupText = #""before":4,"after":5,"wanted":5,"gone":0,"new":1,"elapsed_ms":2000,"evidence":"TTIN"}"#
    let verdicts: [(Verdict, String)] = [
        (.notReplaced(none), "not_replaced\"" + empty), (.timedOut(none), "timed_out\"" + empty),
        (.zombieLeft(none), "zombie_left\"" + empty), (.crashLoop(none), "crash_loop\"" + empty),
        (.unkillable(none), "unkillable\"" + empty), (.notReady(none), "not_ready\"" + empty),
        (.managerFailed(none), "manager_failed\"" + empty), (.targetChanged, "target_changed\"}"),
        (
            .orphanHoldsPort(none, orphan),
            #"orphan_holds_port","signals":[],"forced":false,"orphan":{"pid":7,"start_ticks":8,"port":80}}"#
        ),
        (
            .interrupted(Interruption(targetLives: false, replacement: Samples.worker(9, ticks: 1), workers: 4)),
            #"interrupted","target_lives":false,"replacement":{"pid":9,"start_ticks":1,"boot":"\#(Samples.hexBoot)"},"#
                + #""workers":4}"#
        ),
        (.interrupted(Interruption(targetLives: nil, replacement: nil, workers: 0)), #"interrupted","workers":0}"#),
        (.done(group), "done\"," + groupText), (.failed(group), "failed\"," + groupText),
        (.rolled(roll), #"rolled","state":"failed","total":8,"replaced":1,"reason":"slot 2: crash loop"}"#),
        (.planned(Plan(steps: [], warnings: ["x"])), #"planned","steps":0,"warnings":1}"#),
        (
            .refused(.role(app: "a\"b", needed: .operator, has: .viewer)),
            #"refused","reason":"app a\"b needs operator, issuer is viewer"}"#
        ),
        (.refused(.auditUnavailable(errno: 28)), #"refused","reason":"audit line could not be written, errno 28"}"#),
        (.refused(.held(by: "user/bob", left: .seconds(41))), #"refused","reason":"held by user/bob, 41 s left"}"#),
        (.refused(.limit(app: "web", rule: "x: 1")), #"refused","reason":"app web is limited: x: 1"}"#),
    ]
    for (verdict, wanted) in verdicts {
        let line = text(Samples.record(verdict: verdict))
        #expect(line.hasSuffix("\"verdict\":\"" + wanted + "\n"), "\(line)")
    }
}

@Test func aCommandOnAGroupNamesItAndWhatWasAskedOfIt() {
    let target = GroupTarget(boot: Samples.boot, key: "gunicorn:web", master: ProcessRef(pid: 5, startTicks: 6))
    var record = Samples.record { command in
        command.action = .roll
        command.target = .group(target)
        command.parameters = CommandParameters(
            warned: true,
            roll: RollOptions(
                maxUnavailable: 2, lagBelow: .milliseconds(200), ready: .http(port: 80, path: "/up"),
                hold: CommandID(high: 0, low: 0xA)), reason: "new code")
    }
    record.worker = nil
    record.app = "shop"
    #expect(
        text(record).hasSuffix(
            """
            "target":{"group":"gunicorn:web","master_pid":5,"master_start_ticks":6,"boot":"\(Samples.hexBoot)"},\
            "app":"shop","grace_ms":10000,"warned":true,"max_unavailable":2,"stable_ms":2000,"lag_below_ms":200,\
            "ready":"http 80 /up","hold":"0000000000000000000000000000000a","why":"new code"}

            """))
}

@Test func signalsAndSizesAreWritten() {
    let signal = Samples.record {
        $0.action = .signal
        $0.parameters = CommandParameters(dryRun: true, signal: 12)
    }
    #expect(text(signal).hasSuffix(#""dry_run":true,"signal":"SIGUSR2"}"# + "\n"))
    let sizes: [(Scale, String)] = [(.by(-1), #""size_by":-1}"#), (.to(8), #""size_to":8}"#)]
    for (size, wanted) in sizes {
        let record = Samples.record {
            $0.action = .scale
            $0.parameters = CommandParameters(size: size)
        }
        #expect(text(record).hasSuffix(wanted + "\n"))
    }
    let pause = Samples.record {
        $0.action = .pause
        $0.parameters = CommandParameters(subject: CommandID(high: 1, low: 2))
    }
    #expect(text(pause).hasSuffix(#""subject":"00000000000000010000000000000002"}"# + "\n"))
}

@Test func aLocalIssuerHasAPidAndNoSerial() {
    var record = Samples.record()
    record.peer = .local(uid: 1000, pid: 77)
    let line = text(record)
    #expect(line.contains(#""issuer":"uid/1000","role":"operator","issuer_pid":77,"target""#))
    #expect(!line.contains("serial"))
}

/// What a process may call itself: ends of line, of string, escape sequences, 8-bit CSI, bidi, separators.
@Test func foreignTextStaysInItsQuotes() {
    let hostile = "a\"},\\\n\r\u{1b}[2J\u{9b}1m\u{7f}\u{0}\u{2028}\u{202e}\u{feff}ü\u{1F600}"
    let bytes = Samples.record(app: hostile).line
    #expect(bytes.filter { $0 < 0x20 || $0 == 0x7F } == [UInt8(ascii: "\n")], "only the end of the line")
    #expect(
        String(decoding: bytes, as: UTF8.self).contains(
            #""app":"a\"},\\\u000a\u000d\u001b[2J\u009b1m\u007f\u0000\u2028\u202e\ufeffü😀","group":"g","#))
    let long = Samples.record(app: String(repeating: "x", count: 1_000_000)).line
    #expect(long.count < 2000)
}
