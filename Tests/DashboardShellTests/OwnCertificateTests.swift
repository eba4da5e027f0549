import Model
import Testing

@testable import Dashboard

/// Whoever's certificate ends soon hears of it while there is time.
@Suite struct OwnCertificateTests {
    @Test(
        arguments: [
            (8 * 24, nil), (7 * 24 - 1, "your certificate ends in 6d23h."), (1, "your certificate ends in 1h00m."),
            (0, "your certificate is over."), (-48, "your certificate is over."),
        ] as [(Int64, String?)])
    func isWarnedOfAWeekBefore(_ hours: Int64, _ beginning: String?) {
        let now = WallTime(nanoseconds: 1_700_000_000_000_000_000)
        let end = WallTime(nanoseconds: now.nanoseconds + hours * 3_600_000_000_000)
        let text = OwnCertificate.warning(end: end, now: now)
        #expect(text?.hasPrefix(beginning ?? "-") ?? true && (text == nil) == (beginning == nil), "\(text ?? "-")")
    }

    @Test func whoNeedsNoneIsNotWarned() throws {
        #expect(try OwnCertificate.warning(nil, now: WallTime(nanoseconds: 0)) == nil)
    }
}
