import Model
import Testing

@testable import Trust

struct TrustErrorTests {
    /// One of each: `TrustErrorSentenceTests` holds what each says.
    private static let all = TrustErrorSentenceTests.tables.joined().map { $0.0 }

    @Test func saysEachErrorInItsOwnWords() {
        let sentences = Self.all.map(\.sentence)
        #expect(Set(sentences).count == sentences.count)
        for sentence in sentences {
            #expect(sentence.count > 30)
            #expect(!sentence.contains("\n"))
            #expect(!sentence.contains("is not acceptable.") || sentence.contains(":"))
        }
    }

    @Test func quotesAPathForTheShell() {
        let sentence = TrustError.insecureMode(path: "/a b/it's", found: 0o4, wanted: 0o600).sentence
        #expect(sentence.hasSuffix("chmod 600 '/a b/it'\\''s'"))
        #expect(sentence.contains("(mode 004)"))
    }

    @Test func namesTheErrorOfTheKernel() {
        #expect(TrustError.io(path: "/p", operation: "open", errno: 13).sentence.contains("Permission denied"))
    }

    @Test(arguments: [
        (Int64(0), "1970-01-01 00:00 UTC"), (951_782_399, "2000-02-28 23:59 UTC"),
        (951_782_400, "2000-02-29 00:00 UTC"), (951_868_800, "2000-03-01 00:00 UTC"),
        (1_793_491_200, "2026-11-01 00:00 UTC"), (4_102_444_799, "2099-12-31 23:59 UTC"),
        (-1, "1969-12-31 23:59 UTC"), (4_107_542_400, "2100-03-01 00:00 UTC"),
    ])
    func writesADate(seconds: Int64, text: String) {
        #expect(UTCText.moment(WallTime(nanoseconds: seconds * 1_000_000_000)) == text)
    }

    @Test(arguments: [
        (Duration.seconds(0), "0 s"), (.seconds(119), "119 s"), (.seconds(190), "3 min"), (.seconds(7200), "2 h"),
        (.seconds(-172_800), "2 d"),
    ])
    func writesASpan(span: Duration, text: String) { #expect(UTCText.span(span) == text) }

    @Test func survivesTimesAtTheEndsOfTheClock() {
        for time in [WallTime(nanoseconds: .min), WallTime(nanoseconds: .max)] {
            #expect(UTCText.moment(time).hasSuffix(" UTC"))
            let other = WallTime(nanoseconds: time.nanoseconds == .min ? .max : .min)
            #expect(!TrustError.expired(notAfter: time, now: other).sentence.isEmpty)
        }
    }
}
