import Console
import Model

/// What `looptop doctor` prints.
struct DoctorReport: Sendable {
    /// In the order in which they are told; those of one host stand together.
    var findings: [Finding]
    var wall: WallTime

    func count(_ verdict: Finding.Verdict) -> Int { findings.count { $0.verdict == verdict } }

    var status: CommandStatus { count(.fail) > 0 ? .failed : .done }

    /// For people.
    ///
    /// - Parameters:
    ///   - width: where lines are broken; `nil` for pipes, where a sentence is a line.
    ///   - problemsOnly: leaves out what is OK.
    func text(width: Int?, problemsOnly: Bool) -> String {
        var text = ""
        var heading: String?
        for finding in findings where !problemsOnly || finding.verdict != .ok {
            let title = finding.host ?? Self.title(of: finding.topic)
            if heading != title {
                text += (heading == nil ? "" : "\n") + SafeText(title).string + "\n"
                heading = title
            }
            text += Self.lines(finding.text, after: "  \(finding.verdict.word)  ", width: width)
            if let advice = finding.advice { text += Self.lines(advice, after: "        ", width: width) }
        }
        return text + (heading == nil ? "" : "\n") + Self.sum(failures: count(.fail), warnings: count(.warn)) + "\n"
    }

    private static func title(of topic: Finding.Topic) -> String {
        switch topic {
        case .terminal: "Terminal"
        case .locale: "Locale"
        case .configuration: "Configuration"
        case .certificates: "Certificates"
        case .clock: "Clock"
        case .host: "Hosts"
        }
    }

    private static func sum(failures: Int, warnings: Int) -> String {
        func counted(_ count: Int, _ word: String) -> String { "\(count) \(word)\(count == 1 ? "" : "s")" }
        switch (failures, warnings) {
        case (0, 0): return "All is well."
        case (0, _): return "Nothing fails; \(counted(warnings, "warning"))."
        case (_, 0): return "\(counted(failures, "failure"))."
        default: return "\(counted(failures, "failure")), \(counted(warnings, "warning"))."
        }
    }

    /// Words of a sentence in as many lines as it takes, the first behind `start`, the others below its text.
    static func lines(_ sentence: String, after start: String, width: Int?) -> String {
        var result = ""
        var line = SafeText(start)
        let room = max(width ?? .max, 40)
        var isEmpty = true
        for word in sentence.split(separator: " ").map({ SafeText(String($0)) }) {
            if !isEmpty, line.columns + 1 + word.columns > room {
                result += line.string + "\n"
                line = .spaces(start.count)
                isEmpty = true
            }
            line = isEmpty ? line + word : line + " " + word
            isEmpty = false
        }
        return result + line.string + "\n"
    }
}

/// `looptop doctor -o json`; `failures` and `warnings` are how many.
struct DoctorDocument: Encodable {
    struct Entry: Encodable {
        var check: String
        @Known var host: String?
        var verdict: Finding.Verdict
        var text: String
        @Known var advice: String?
    }

    var schema = ListingDocument.schema
    var kind = "doctor"
    var time: String
    var version = Version.number
    var failures: Int
    var warnings: Int
    var findings: [Entry]

    init(_ report: DoctorReport) {
        time = rfc3339(report.wall)
        failures = report.count(.fail)
        warnings = report.count(.warn)
        findings = report.findings.map { finding in
            Entry(
                check: finding.check, host: Known(wrappedValue: finding.host), verdict: finding.verdict,
                text: finding.text, advice: Known(wrappedValue: finding.advice))
        }
    }
}
