/// The two texts that scrapers read.
public enum ExpositionFormat: Sendable, Hashable, CaseIterable {
    /// Prometheus text 0.0.4.
    case prometheus
    /// OpenMetrics 1.0.
    case openMetrics

    public var contentType: String {
        switch self {
        case .prometheus: "text/plain; version=0.0.4; charset=utf-8"
        case .openMetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8"
        }
    }

    /// What of the two an `Accept` header wants most, of equals the first; `nil` where it takes neither. RFC 9110, 12.5.1.
    public init?(accept: String?) {
        guard let accept, !accept.allSatisfy(\.isWhitespace) else {
            self = .prometheus
            return
        }
        var best: (format: Self, weight: Double)?
        for range in accept.split(separator: ",") {
            guard let (format, weight) = Self.read(range), weight > best?.weight ?? 0 else { continue }
            best = (format, weight)
        }
        guard let best else { return nil }
        self = best.format
    }

    private static func read(_ range: Substring) -> (Self, Double)? {
        let parts = range.split(separator: ";").map { $0.trimmed.lowercased() }
        var version: String?
        var weight = 1.0
        for part in parts.dropFirst() {
            if part.hasPrefix("version=") { version = String(part.dropFirst(8)) }
            if part.hasPrefix("q=") { weight = Double(part.dropFirst(2)) ?? 0 }
        }
        switch parts.first {
        case "application/openmetrics-text":
            guard version == nil || version == "1.0.0" else { return nil }
            return (.openMetrics, weight)
        case "text/plain":
            guard version == nil || version == "0.0.4" else { return nil }
            return (.prometheus, weight)
        case "text/*", "*/*": return (.prometheus, weight)
        case "application/*": return (.openMetrics, weight)
        default: return nil
        }
    }
}

extension Substring {
    fileprivate var trimmed: Substring {
        var rest = drop(while: \.isWhitespace)
        while rest.last?.isWhitespace == true { rest.removeLast() }
        return rest
    }
}
