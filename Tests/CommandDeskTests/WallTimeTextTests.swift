import Model
import Testing

@testable import Agent

@Test(
    arguments: [
        (0, "1970-01-01T00:00:00.000Z"), (-1, "1969-12-31T23:59:59.999Z"),
        (951_782_400_000_000_000, "2000-02-29T00:00:00.000Z"),
        (1_709_251_199_999_999_999, "2024-02-29T23:59:59.999Z"),
        (4_107_542_400_000_000_000, "2100-03-01T00:00:00.000Z"),
        (.max, "2262-04-11T23:47:16.854Z"), (.min, "1677-09-21T00:12:43.145Z"),
    ] as [(Int64, String)])
func writesTimesAsRFC3339(nanoseconds: Int64, text: String) {
    #expect(WallTime(nanoseconds: nanoseconds).rfc3339 == text)
    guard nanoseconds != .min else { return }  // its milliseconds are before the first instant there is
    #expect(WallTime(rfc3339: text)?.rfc3339 == text)
}

@Test(arguments: [
    "", "2026-09-01", "2026-09-01T12:00:00Z", "2026-09-01T12:00:00.123+", "2026-13-01T12:00:00.123Z",
    "2026-09-01T24:00:00.123Z", "2026-09-01 12:00:00.123Z", "9999-09-01T12:00:00.123Z", "1677-09-21T00:12:43.145Z",
    "+026-09-01T12:00:00.123Z", "2026-09-01T12:00:00.1234",
])
func readsNoOtherTime(text: String) { #expect(WallTime(rfc3339: text) == nil) }
