/// A row of bars, one column per value.
public enum Sparkline {
    /// Which value is the lowest bar and which the highest.
    public enum Scale: Hashable, Sendable {
        /// Rows of one table share it, so that they can be compared.
        case fixed(ClosedRange<Double>)
        /// Equal steps for equal ratios; the lower bound must be above 0 (raised to a billionth of the upper one).
        case logarithmic(ClosedRange<Double>)
        /// From 0 (or the lowest, when negative) to the highest value shown. Print `range` beside it.
        case automatic
    }

    /// The newest `columns` values (newest last), at the right edge; places before the first value stay blank.
    ///
    /// `nil` and not-a-number are gaps: they show the gap mark and are never interpolated.
    public static func text(_ values: [Double?], columns: Int, scale: Scale, glyphs: Glyphs) -> SafeText {
        let columns = min(max(columns, 0), SafeText.maximumColumns)
        let shown = values.suffix(columns)
        let bounds = bounds(of: shown, scale: scale)
        var string = String(repeating: " ", count: columns - shown.count)
        for value in shown {
            let bar = value.flatMap { level(of: $0, in: bounds, scale: scale, count: glyphs.sparkline.count) }
            string += (bar.map { glyphs.sparkline[$0] } ?? glyphs.gap).string
        }
        return SafeText(trusted: string, columns: columns)
    }

    /// The values of the lowest and highest bar that `text` uses.
    public static func range(_ values: [Double?], columns: Int, scale: Scale) -> ClosedRange<Double> {
        bounds(of: values.suffix(max(columns, 0)), scale: scale)
    }

    static func bounds(of values: ArraySlice<Double?>, scale: Scale) -> ClosedRange<Double> {
        switch scale {
        case .fixed(let range): return range
        case .logarithmic(let range):
            let upper = max(range.upperBound, .leastNormalMagnitude)
            return min(max(range.lowerBound, upper * 1e-9), upper)...upper
        case .automatic:
            var (low, high) = (0.0, 0.0)
            for case let value? in values where value.isFinite {
                low = min(low, value)
                high = max(high, value)
            }
            return low...high
        }
    }

    /// From 0 to `count - 1`; `nil` for not-a-number.
    public static func level(of value: Double, in range: ClosedRange<Double>, scale: Scale, count: Int) -> Int? {
        if value.isNaN { return nil }
        if value >= range.upperBound { return range.upperBound > range.lowerBound ? count - 1 : 0 }
        if value <= range.lowerBound { return 0 }
        let share: Double
        if case .logarithmic = scale {
            let low = logarithm(range.lowerBound)
            share = (logarithm(value) - low) / (logarithm(range.upperBound) - low)
        } else {
            share = (value - range.lowerBound) / (range.upperBound - range.lowerBound)
        }
        guard share.isFinite else { return 0 }
        return min(max(Int(share * Double(count)), 0), count - 1)
    }

    /// log2, straight between powers of two: continuous, rising, at most 0.09 off; a bar is coarser than that.
    private static func logarithm(_ value: Double) -> Double {
        guard value > 0, value.isFinite else { return value > 0 ? 1024 : -1074 }
        return Double(value.exponent) + value.significand - 1
    }
}
