import Glibc
import Logging
import Model

/// Log lines on stderr: with `<N>` priorities under the journal (sd-daemon(3)), for people on a terminal, else logfmt.
struct LogOutput: LogHandler {
    enum Format: String, CaseIterable, Sendable { case auto, journal, human, logfmt }

    var metadata: Logger.Metadata = [:]
    var logLevel: Logger.Level
    let format: Format

    init(level: Logger.Level, format: Format, environment: [String: String]) {
        logLevel = level
        switch format {
        case .auto where environment["JOURNAL_STREAM"] != nil: self.format = .journal
        case .auto: self.format = isatty(2) == 1 ? .human : .logfmt
        default: self.format = format
        }
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let bytes = Array(
            line(
                "\(event.message)", level: event.level, metadata: metadata.merging(event.metadata ?? [:]) { $1 },
                at: Clocks.wall()
            ).utf8)
        _ = write(2, bytes, bytes.count)  // nowhere is left to report a failure to
    }

    /// One record, with its newline.
    func line(_ message: String, level: Logger.Level, metadata: Logger.Metadata, at wall: WallTime) -> String {
        let fields = metadata.sorted { $0.key < $1.key }.map { " \($0.key)=\(Self.quoted("\($0.value)"))" }.joined()
        return switch format {
        case .journal: "<\(Self.priority(level))>\(Self.escaped(message))\(fields)\n"
        case .human, .auto: "\(level): \(Self.escaped(message))\(fields)\n"
        case .logfmt: "time=\(wall.rfc3339) level=\(level) msg=\(Self.quoted(message))\(fields)\n"
        }
    }

    /// syslog(3) severities.
    private static func priority(_ level: Logger.Level) -> Int {
        switch level {
        case .trace, .debug: 7
        case .info: 6
        case .notice: 5
        case .warning: 4
        case .error: 3
        case .critical: 2
        }
    }

    /// Backslashes are doubled before quotes get theirs: else `\"` in a text would end it, and what follows would pass for
    /// fields of ours.
    private static func quoted(_ text: String) -> String {
        let safe = escaped(text.replacing("\\", with: "\\\\"))
        let needsQuotes = safe.isEmpty || safe.contains { $0 == " " || $0 == "\"" || $0 == "=" || $0 == "\\" }
        return needsQuotes ? "\"" + safe.replacing("\"", with: "\\\"") + "\"" : safe
    }

    /// One record is one line, whatever a peer put into it, and reads in the order in which it was written: invisible
    /// marks (category Cf) can turn text around.
    static func escaped(_ text: String) -> String {
        var safe = ""
        for scalar in text.unicodeScalars {
            let isUnsafe =
                switch scalar.properties.generalCategory {
                case .control, .format, .lineSeparator, .paragraphSeparator: true
                default: false
                }
            if isUnsafe {
                safe += "\\u{" + String(scalar.value, radix: 16) + "}"
            } else {
                safe.unicodeScalars.append(scalar)
            }
        }
        return safe
    }
}
