import Testing

@testable import Dashboard

@Suite struct WaitFindingTests {
    private func finding(
        _ answers: Bool?..., isAny: Bool = false, unseen: Bool = false, isSilent: Bool = false
    ) -> WaitFinding {
        WaitFinding(answers, isAny: isAny, unseen: unseen, isSilent: isSilent)
    }

    @Test func allRowsHaveToHold() {
        #expect(finding(true, true) == .holds)
        #expect(finding(true, false) == .fails)
        #expect(finding(true, nil) == .untold)
        #expect(finding(nil, false) == .fails, "one that is known to fail is enough")
        #expect(finding() == .nothing, "of nothing nothing holds")
    }

    @Test func orAnyOne() {
        #expect(finding(false, true, nil, isAny: true) == .holds)
        #expect(finding(false, false, isAny: true) == .fails)
        #expect(finding(false, nil, isAny: true) == .untold)
        #expect(finding(isAny: true) == .nothing)
    }

    @Test func aHostThatMayHaveAnotherRowHasToAnswer() {
        #expect(finding(true, unseen: true, isSilent: true) == .silent)
        #expect(finding(true, isAny: true, unseen: true, isSilent: true) == .holds)
        #expect(finding(unseen: true, isSilent: true) == .silent)
        #expect(finding(true, isSilent: true) == .holds, "it is a row itself: state=down holds of it")
        #expect(finding(false, isSilent: true) == .silent)
    }

    @Test func eachHasAnExitCodeOfItsOwn() {
        let codes = [WaitFinding.holds, .fails, .untold, .nothing, .silent].map(\.status.rawValue)
        #expect(codes == [0, 2, 124, 4, 3])
    }

    @Test func theFinestThatIsSpokenOfIsMeant() throws {
        func kind(_ texts: String...) throws -> Listing.Kind { .meant(by: try texts.map { try Filter(parsing: $0) }) }
        #expect(try kind("host=web-1", "state=ok") == .hosts)
        #expect(try kind("app=api", "state=ok") == .apps)
        #expect(try kind("web-1/api#2", "state=ok") == .workers)
        #expect(try kind("host=web-1", "pid=12") == .workers)
    }
}
