import Model

/// Questions and answers about logs that the tests and the examples of `docs/PROTOCOL.md` share.
enum LogSamples {
    static let request = LogRequest(
        groupKey: "node:4300", slot: 2, stream: .errors, lines: 100, maximumAge: .seconds(600), filter: "error|warn",
        cursor: [1, 2, 3])
    static let page = LogPage(
        sources: [
            LogPage.Source(text: "stdout: /srv/api.log", stream: .output, slots: [1, 2], isReadable: true),
            LogPage.Source(text: "stderr: journal", stream: .errors, slots: [2], isReadable: true),
        ],
        lines: [
            LogLine(source: 0, isRemark: true, text: "128 lines dropped"),
            LogLine(source: 0, text: "ready", cutBytes: 9000),
            LogLine(source: 1, slot: 2, time: Samples.wall, text: "boom"),
        ], cursor: [4, 5, 6], hasMore: true)

    // Larger than may be, and what is left of it.

    static let largest: LogPage = {
        let long = String(repeating: "é", count: 3000)
        let source = LogPage.Source(
            text: long, stream: .errors, slots: Array(repeating: .max, count: 300), isReadable: true)
        let line = LogLine(
            source: .max, slot: .max, time: WallTime(nanoseconds: .min), isRemark: true, text: long, cutBytes: .max)
        return LogPage(
            sources: [source], lines: Array(repeating: line, count: 2000), cursor: Array(repeating: 7, count: 5000),
            hasMore: true)
    }()
    static let largestSource = LogPage.Source(
        text: String(repeating: "é", count: 128), stream: .errors, slots: Array(repeating: .max, count: 256),
        isReadable: true)
    static let largestLine = LogLine(
        source: .max, slot: .max, time: WallTime(nanoseconds: .min), isRemark: true,
        text: String(repeating: "é", count: 2048), cutBytes: .max)
}

extension ControlGenerator {
    mutating func logRequest() -> LogRequest {
        LogRequest(
            groupKey: text(), slot: maybe { max(1, $0.number32()) }, stream: one(LogRequest.Stream.self, or: .both),
            lines: UInt32.random(in: 0...10_000, using: &random), maximumAge: maybe { $0.duration() }, filter: text(),
            cursor: some(99) { UInt8(truncatingIfNeeded: $0.number32()) })
    }

    mutating func logPage() -> LogPage {
        LogPage(
            sources: some(9) {
                LogPage.Source(
                    text: $0.text(), stream: $0.one(LogRequest.Stream.self, or: .both),
                    slots: $0.some(9) { $0.number32() }, isReadable: $0.random.chance(50))
            },
            lines: some(99) {
                LogLine(
                    source: $0.number32(), slot: $0.maybe { $0.number32() },
                    time: $0.maybe { WallTime(nanoseconds: Int64(bitPattern: $0.random.next())) },
                    timeIsInText: $0.random.chance(50), isRemark: $0.random.chance(50), text: $0.text(),
                    cutBytes: $0.number())
            }, cursor: some(99) { UInt8(truncatingIfNeeded: $0.number32()) }, hasMore: random.chance(50))
    }
}
