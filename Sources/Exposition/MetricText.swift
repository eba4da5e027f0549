internal import Model

/// Writes lines of the two formats into one buffer that is kept: no text is made for a sample.
///
/// A family begins with `begin`; its two lines of comment come before its first sample, and not at all where it has none.
struct MetricText: Sendable {
    private(set) var bytes: [UInt8] = []
    private(set) var format = ExpositionFormat.prometheus
    private var family = MetricFamily(name: "", kind: .gauge, help: "")
    private var isAnnounced = false

    mutating func start(_ format: ExpositionFormat) {
        self.format = format
        bytes.removeAll(keepingCapacity: true)
    }

    mutating func finish() {
        if format == .openMetrics { append("# EOF\n") }
    }

    mutating func begin(_ family: MetricFamily) {
        self.family = family
        isAnnounced = false
    }

    // MARK: Samples

    /// A sample of the family: its name, `suffix` behind it, and its labels.
    /// - Parameters:
    ///   - labels: `a="b",c="d"`, escaped; empty for none.
    ///   - more: further labels, with the comma before them where `labels` is not empty.
    ///   - decimals: digits of `value` that stand behind the point.
    mutating func sample(
        _ value: UInt64, decimals: Int = 0, labels: ArraySlice<UInt8> = [], more: StaticString = "",
        suffix: StaticString = ""
    ) {
        open(labels: labels, more: more, suffix: suffix)
        append(value, decimals: decimals)
        append(UInt8(ascii: "\n"))
    }

    /// Likewise, for what has a sign.
    mutating func sample(_ value: Duration, labels: ArraySlice<UInt8>) {
        open(labels: labels, more: "", suffix: "")
        let nanoseconds = value.nanoseconds
        if nanoseconds < 0 { append(UInt8(ascii: "-")) }
        append(nanoseconds.magnitude, decimals: 9)
        append(UInt8(ascii: "\n"))
    }

    private mutating func open(labels: ArraySlice<UInt8>, more: StaticString, suffix: StaticString) {
        if !isAnnounced { announce() }
        append(family.name)
        append(suffix)
        if labels.isEmpty, more.utf8CodeUnitCount == 0 {
            append(UInt8(ascii: " "))
        } else {
            append(UInt8(ascii: "{"))
            bytes.append(contentsOf: labels)
            append(more)
            append("} ")
        }
    }

    private mutating func announce() {
        isAnnounced = true
        let length = family.name.utf8CodeUnitCount - family.suffixLength(in: format)
        for (word, text) in [("# HELP " as StaticString, family.help), ("# TYPE ", family.type(in: format))] {
            append(word)
            family.name.withUTF8Buffer { bytes.append(contentsOf: $0.prefix(length)) }
            append(UInt8(ascii: " "))
            append(text)
            append(UInt8(ascii: "\n"))
        }
    }

    // MARK: Bytes

    private mutating func append(_ text: StaticString) { text.withUTF8Buffer { bytes.append(contentsOf: $0) } }

    private mutating func append(_ byte: UInt8) { bytes.append(byte) }

    /// In decimal; of what stands behind the point no zeros at the end.
    private mutating func append(_ value: UInt64, decimals: Int) { bytes.append(value, decimals: decimals) }
}

extension [UInt8] {
    mutating func append(_ value: UInt64, decimals: Int = 0) {
        // 20 digits, a point, and zeros before the first digit where there are as many decimals.
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 32) { digits in
            var place = digits.count
            var (rest, behind) = (value, decimals)
            var isSilent = decimals > 0
            repeat {
                let digit = UInt8(truncatingIfNeeded: rest % 10)
                rest /= 10
                if behind > 0 {
                    behind -= 1
                    isSilent = isSilent && digit == 0
                    if !isSilent {
                        place -= 1
                        digits[place] = UInt8(ascii: "0") + digit
                    }
                    guard behind == 0, !isSilent else { continue }
                    place -= 1
                    digits[place] = UInt8(ascii: ".")
                } else {
                    place -= 1
                    digits[place] = UInt8(ascii: "0") + digit
                    if rest == 0 { break }
                }
            } while true
            append(contentsOf: digits[place...])
        }
    }

    mutating func append(_ text: StaticString) { text.withUTF8Buffer { append(contentsOf: $0) } }

    /// The value of a label, without its quotation marks: backslash, quotation mark and newline are escaped; what is no UTF-8
    /// cannot be in a `String`. Other control characters may stand in a value and are left.
    mutating func append(labelValue text: String) {
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\\"): append("\\\\" as StaticString)
            case UInt8(ascii: "\""): append("\\\"" as StaticString)
            case UInt8(ascii: "\n"): append("\\n" as StaticString)
            default: append(byte)
            }
        }
    }
}
