import Model
import TestSupport
import Testing

@testable import Exposition

@Suite struct MetricTextTests {
    static func number(_ value: UInt64, _ decimals: Int) -> String {
        var bytes: [UInt8] = []
        bytes.append(value, decimals: decimals)
        return String(decoding: bytes, as: UTF8.self)
    }

    static let numbers: [(UInt64, Int, String)] = [
        (0, 0, "0"), (7, 0, "7"), (.max, 0, "18446744073709551615"), (0, 9, "0"), (1, 9, "0.000000001"),
        (1_500_000_000, 9, "1.5"), (500_000_000, 9, "0.5"), (12_000_000_000, 9, "12"),
        (.max, 9, "18446744073.709551615"),
        (100, 2, "1"), (105, 2, "1.05"), (5, 3, "0.005"), (10, 1, "1"), (1000, 0, "1000"),
    ]

    @Test(arguments: numbers) func writesNumbers(value: UInt64, decimals: Int, text: String) {
        #expect(Self.number(value, decimals) == text)
    }

    @Test func anyNumberCanBeReadAgain() {
        var random = SeededGenerator(seed: printedSeed())
        for _ in 0..<2000 {
            let value = random.next() >> (random.next() % 64)
            #expect(Self.number(value, 0) == "\(value)")
            let text = Self.number(value, 9)
            let parts = text.split(separator: ".")
            let behind = parts.count > 1 ? String(parts[1]) : ""
            let zeros = String(repeating: "0", count: 9 - behind.count)
            #expect("\(parts[0])\(behind)\(zeros)" == padded(value))
            #expect(behind.last != "0")
        }
    }

    private func padded(_ value: UInt64) -> String {
        let digits = "\(value)"
        return String(repeating: "0", count: max(0, 10 - digits.count)) + digits
    }

    @Test func labelsAreEscaped() {
        var bytes: [UInt8] = []
        bytes.append(labelValue: "a\"b\\c\nd\te é")
        #expect(String(decoding: bytes, as: UTF8.self) == "a\\\"b\\\\c\\nd\te é")
    }

    @Test func aFamilyWithoutSamplesIsNotNamed() {
        var text = MetricText()
        text.start(.prometheus)
        text.begin(MetricFamily(name: "a_total", kind: .counter, help: "A."))
        text.begin(MetricFamily(name: "b", kind: .gauge, help: "B."))
        text.sample(Duration.milliseconds(-1500), labels: [])
        text.finish()
        #expect(String(decoding: text.bytes, as: UTF8.self) == "# HELP b B.\n# TYPE b gauge\nb -1.5\n")
    }

    @Test func openMetricsNamesFamiliesWithoutWhatSamplesEndIn() {
        var text = MetricText()
        text.start(.openMetrics)
        text.begin(MetricFamily(name: "a_total", kind: .counter, help: "A."))
        text.sample(1)
        text.begin(MetricFamily(name: "b_info", kind: .info, help: "B."))
        text.sample(1, labels: Array("c=\"d\"".utf8)[...])
        text.begin(MetricFamily(name: "e_count", kind: .untyped, help: "E."))
        text.sample(2, more: "f=\"g\"")
        text.finish()
        let lines = [
            "# HELP a A.", "# TYPE a counter", "a_total 1", "# HELP b B.", "# TYPE b info", "b_info{c=\"d\"} 1",
            "# HELP e_count E.", "# TYPE e_count unknown", "e_count{f=\"g\"} 2", "# EOF", "",
        ]
        #expect(String(decoding: text.bytes, as: UTF8.self) == lines.joined(separator: "\n"))
    }
}
