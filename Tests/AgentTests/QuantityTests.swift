import Testing

@testable import Agent

@Suite struct QuantityTests {
    @Test(
        arguments: [
            ("1GiB", 1 << 30), ("512MiB", 512 << 20), ("1.5KiB", 1536), ("2GB", 2_000_000_000), ("3kB", 3000),
            ("0B", 0), ("64B", 64), ("1TiB", 1 << 40),
        ] as [(String, UInt64)])
    func sizesAreTaken(text: String, bytes: UInt64) { #expect(Quantity.bytes(text) == bytes) }

    @Test(
        arguments: [
            ("500ms", .milliseconds(500)), ("30s", .seconds(30)), ("2m", .seconds(120)), ("1.5h", .seconds(5400)),
            ("1d", .seconds(86_400)), ("0s", .zero),
        ] as [(String, Duration)])
    func timesAreTaken(text: String, duration: Duration) { #expect(Quantity.duration(text) == duration) }

    @Test(arguments: [
        "", "1", "B", "s", "1 GiB", "-1s", "-1GiB", "1e3s", "1gib", "1G", "10min", ".5s", "5.s", "1.2.3s", "NaNs",
        "99999999999999999999s", "999999999999999TiB", "999999999999999d", "1s ", "１s",
    ])
    func nothingElseIs(text: String) {
        #expect(Quantity.bytes(text) == nil)
        #expect(Quantity.duration(text) == nil)
    }

    @Test func areWrittenAsPeopleWouldWriteThem() {
        for text in ["1ms", "500ms", "1500ms", "30s", "90s", "2m", "1h", "25h", "1d"] {
            #expect(Quantity.duration(text).map(Quantity.text) == text)
        }
        #expect(Quantity.text(Duration.zero) == "0ms")
        for text in ["1B", "1000B", "1KiB", "1536KiB", "512MiB", "1GiB", "2TiB"] {
            let bytes = Quantity.bytes(text) ?? (text == "1536KiB" ? 1536 << 10 : 0)
            #expect(Quantity.text(bytes: bytes) == text)
        }
        #expect(Quantity.text(bytes: 0) == "0B")
    }
}
