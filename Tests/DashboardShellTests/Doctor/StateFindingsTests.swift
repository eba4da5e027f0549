import Model
import Testing
import Trust

@testable import Dashboard

@Suite struct StateFindingsTests {
    private static let made = SampleFleet.wall

    private static func later(_ days: Int64) -> WallTime {
        WallTime(nanoseconds: made.nanoseconds + days * 86_400_000_000_000)
    }

    private static func certificates(days: Int64) throws -> [String] {
        let authority = try CertificateAuthority.create(now: made)
        let identity = try authority.identity(forPerson: "ada", role: .operator, key: SigningKey(), now: made)
        return StateFindings.certificates(identity, hasAuthority: true, booked: 2, needed: true, wall: later(days)).map
        {
            "\($0.verdict.rawValue) \($0.check)"
        }
    }

    @Test(arguments: [
        (-1, "fail", "fail"), (0, "ok", "ok"), (22, "ok", "ok"), (24, "warn", "ok"), (31, "fail", "ok"),
        (3500, "fail", "warn"), (3700, "fail", "fail"),
    ])
    func aCertificateIsJudgedByItsTime(_ days: Int64, _ own: String, _ authority: String) throws {
        #expect(
            try Self.certificates(days: days) == [
                "\(own) certificates.own", "\(authority) certificates.authority", "ok certificates.fleet",
            ])
    }

    @Test func noCertificateIsAFailureOnlyWhereOneIsNeeded() {
        func verdict(needed: Bool) -> [Finding.Verdict] {
            StateFindings.certificates(nil, hasAuthority: false, booked: 0, needed: needed, wall: Self.made).map(
                \.verdict)
        }
        #expect(verdict(needed: true) == [.fail])
        #expect(verdict(needed: false) == [.ok])
    }

    @Test func aClockThatNobodyKeepsIsAWarning() {
        #expect(StateFindings.clock(isKept: true, wall: Self.made).verdict == .ok)
        #expect(StateFindings.clock(isKept: false, wall: Self.made).verdict == .warn)
        #expect(StateFindings.clock(isKept: nil, wall: Self.made).verdict == .ok)
    }

    @Test func theContextThatCountsIsNamed() throws {
        let text = "{ context: \"prod\", contexts: { prod: { hosts: [\"web-1\"] }, lab: { hosts: [] } } }"
        let configuration = try ConfigurationReaderTests.parse(text)
        func told(flag: String?) -> [String] {
            let settings = Settings(configuration, flag: flag, chosen: nil) { _ in nil }
            return StateFindings.configuration(settings, files: ["/x"]).map { "\($0.verdict.rawValue) \($0.text)" }
        }
        #expect(told(flag: nil)[0] == "ok /x is read.")
        #expect(told(flag: nil)[1].hasPrefix("ok The context prod counts, as "))
        #expect(told(flag: nil)[1].hasSuffix("; it is protected: changes there need its name."))
        #expect(told(flag: "lab")[1] == "ok The context lab counts, as --context says.")
        #expect(told(flag: "lob")[1].hasPrefix("fail --context: there is no context \"lob\""))
    }
}
