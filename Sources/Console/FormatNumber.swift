/// Numbers as the screens write them. Unknown (`nil`, not-a-number, negative where that cannot be) is `-`, never 0.
public enum Format {
    /// What stands for an unknown value.
    public static let unknown: SafeText = "-"

    /// With thousands separators: `1,234`.
    public static func count(_ value: (some BinaryInteger)?) -> SafeText {
        guard let value else { return unknown }
        var result = value < 0 ? "-" : ""
        let digits = String(value.magnitude)
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { result.append(",") }
            result.append(digit)
        }
        return SafeText(result)
    }

    /// A share of one as per cent: 0.034 is `3.4%`, 1.37 is `137%`. Only an exact 0 is `0%`; less than a twentieth of a
    /// per cent is `0.0%`.
    public static func percent(_ share: Double?) -> SafeText {
        guard let share, share.isFinite, share >= 0 else { return unknown }
        return scaled(share * 100, "%")
    }

    /// Events per second: `0.3/s`, `12/s`, `4.1k/s`.
    public static func rate(_ perSecond: Double?) -> SafeText {
        guard let perSecond, perSecond.isFinite, perSecond >= 0 else { return unknown }
        if perSecond < 999.5 { return scaled(perSecond, "/s") }
        if perSecond < 999_500 { return scaled(perSecond / 1000, "k/s") }
        return scaled(perSecond / 1_000_000, "M/s")
    }

    /// A plain number: one decimal below ten, none above; for load averages give `decimals`.
    public static func number(_ value: Double?, decimals: Int? = nil) -> SafeText {
        guard let value, value.isFinite else { return unknown }
        if let decimals { return SafeText(fixed(value, decimals: decimals)) }
        return value < 0 ? "-" + scaled(-value, "") : scaled(value, "")
    }

    /// One decimal below ten, none above, none for an exact 0.
    static func scaled(_ value: Double, _ unit: String) -> SafeText {
        let decimals = value == 0 || value >= 9.95 ? 0 : 1
        return SafeText(fixed(value, decimals: decimals) + unit)
    }

    /// A decimal number, rounded half away from zero; digits by integers, since `Foundation` is not imported.
    static func fixed(_ value: Double, decimals: Int) -> String {
        let decimals = min(max(decimals, 0), 6)
        var factor: UInt64 = 1
        for _ in 0..<decimals { factor *= 10 }
        let magnitude = (value.magnitude * Double(factor)).rounded()
        guard magnitude < 9e18 else { return value < 0 ? "-huge" : "huge" }
        let digits = UInt64(magnitude)
        let sign = value < 0 && digits > 0 ? "-" : ""
        if decimals == 0 { return sign + String(digits) }
        let fraction = String(digits % factor)
        return sign + String(digits / factor) + "." + String(repeating: "0", count: decimals - fraction.utf8.count)
            + fraction
    }
}
