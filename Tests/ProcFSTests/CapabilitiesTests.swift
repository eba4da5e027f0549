import ProcFS
import Testing

@Suite struct CapabilitiesTests {
    private func parsed(_ text: String) throws -> Capabilities {
        let bytes = Array(text.utf8)
        return try Capabilities(parsing: bytes.span)
    }

    @Test func readsTheEffectiveSet() throws {
        let text = "Name:\tx\nCapPrm:\t000001ffffffffff\nCapEff:\t0000000000000020\nCapBnd:\t000001ffffffffff\n"
        #expect(try parsed(text).has(.kill))
        #expect(try !parsed("CapEff:\t0000000000000000\n").has(.kill))
        #expect(try !parsed("CapEff:\tffffffffffffffdf").has(.kill))
    }

    @Test(arguments: ["", "Name:\tx\n", "CapEff:\t", "CapEff:\tzz\n"])
    func refusesWhatIsNoStatus(_ text: String) {
        #expect(throws: ProcError.self) { try parsed(text) }
    }

    @Test func knowsThisProcess() throws {
        let reader = ProcReader()
        let own = try reader.withHostFile("self/status") { (text) throws(ProcError) in try Capabilities(parsing: text) }
        #expect(own.effective < 1 << 63)
    }
}
