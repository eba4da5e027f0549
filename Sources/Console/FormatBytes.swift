extension Format {
    /// In units of 1,024, at most four characters and the unit: `0B`, `812M`, `1.0G`, `12G`.
    public static func bytes(_ value: (some BinaryInteger)?) -> SafeText {
        guard let value, value >= 0 else { return unknown }
        return size(Double(value), suffix: "")
    }

    /// Bytes per second: `0B/s`, `1.2M/s`.
    public static func bytesPerSecond(_ value: Double?) -> SafeText {
        guard let value, value.isFinite, value >= 0 else { return unknown }
        return size(value, suffix: "/s")
    }

    private static func size(_ bytes: Double, suffix: String) -> SafeText {
        var value = bytes
        var units = ["K", "M", "G", "T", "P", "E"][...]
        var unit = "B"
        // 999.5 would round to four digits.
        while value >= 999.5, let next = units.popFirst() {
            value /= 1024
            unit = next
        }
        // A count of bytes has no tenths; a rate below ten a second has.
        if unit == "B", suffix.isEmpty { return SafeText(fixed(value, decimals: 0) + unit) }
        return scaled(value, unit + suffix)
    }
}
