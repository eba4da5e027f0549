/// A name, what kind of number it is, and what is said about it.
struct MetricFamily: Sendable {
    enum Kind: Sendable {
        /// Its name ends in `_total`.
        case counter
        case gauge
        case histogram
        /// Its name ends in `_info`, its value is 1.
        case info
        /// A gauge whose OpenTelemetry name ends in `_count`: promtool takes that of a histogram or of what has no type only.
        case untyped
    }

    /// As its samples have it.
    var name: StaticString
    var kind: Kind
    /// One line, without a backslash or a quotation mark.
    var help: StaticString

    /// How many bytes of the name OpenMetrics leaves out where it names the family.
    func suffixLength(in format: ExpositionFormat) -> Int {
        guard format == .openMetrics else { return 0 }
        return switch kind {
        case .counter: "_total".utf8.count
        case .info: "_info".utf8.count
        case .gauge, .histogram, .untyped: 0
        }
    }

    func type(in format: ExpositionFormat) -> StaticString {
        switch (kind, format) {
        case (.counter, _): "counter"
        case (.gauge, _), (.info, .prometheus): "gauge"
        case (.histogram, _): "histogram"
        case (.info, .openMetrics): "info"
        case (.untyped, .prometheus): "untyped"
        case (.untyped, .openMetrics): "unknown"
        }
    }
}
