import ArgumentParser

/// A length of time as people write it: `5s`, `500ms`, `2m`, `1h`, or `5` for seconds.
struct TimeLimit: ExpressibleByArgument, Hashable, Sendable {
    let duration: Duration
    private let text: String

    init?(argument: String) {
        let digits = argument.prefix { $0.isASCII && $0.isNumber }
        guard let count = Int64(digits), count > 0 else { return nil }
        let milliseconds: Int64
        switch argument.dropFirst(digits.count) {
        case "ms": milliseconds = 1
        case "", "s": milliseconds = 1000
        case "m": milliseconds = 60_000
        case "h": milliseconds = 3_600_000
        default: return nil
        }
        // A day is longer than anybody waits; the bound keeps sums below from overflowing.
        let (product, overflow) = count.multipliedReportingOverflow(by: milliseconds)
        guard !overflow, product <= 86_400_000 else { return nil }
        duration = .milliseconds(product)
        text = argument
    }

    init(seconds: Int64) {
        duration = .seconds(seconds)
        text = "\(seconds)s"
    }

    var defaultValueDescription: String { text }
}
