import Model
import Testing

@testable import Control

/// Shape of a line as Linux 6.1 prints it; the name is one that a process gave itself.
private func line(name: String = "node", state: String = "S", flags: String = "4194304", start: String = "987654")
    -> String
{
    "4242 (\(name)) \(state) 1 4242 4242 0 -1 \(flags) 1 2 3 4 5 6 7 8 20 0 11 0 \(start) 1000 200 18446744073709551615 0\n"
}

private func parsed(_ text: String) -> StatIdentity? {
    let bytes = Array(text.utf8)
    return StatIdentity(parsing: bytes.span)
}

@Test(arguments: ["node", "w) R 1 (x", "", ") ) )", "a b c", "\u{1b}[31m"])
func readsAnIdentityWhateverTheName(name: String) throws {
    let stat = try #require(parsed(line(name: name)))
    #expect(stat.pid == 4242)
    #expect(stat.startTicks == 987_654)
    #expect(!stat.hasEnded && !stat.isKernelThread)
}

@Test func knowsZombiesAndKernelThreads() throws {
    #expect(try #require(parsed(line(state: "Z"))).hasEnded)
    #expect(try #require(parsed(line(state: "X"))).hasEnded)
    #expect(try #require(parsed(line(flags: "69238880"))).isKernelThread)  // kthreadd on Linux 6.1
}

@Test(arguments: [
    "", ")", "()", "1", "1 (a", "1 (a)", "1 (a) ", "1 (a) S", "x (a) S 1 1 1 0 -1 4", "99999999999 (a) S 1",
    line(start: "-1"), line(start: ""), line(start: "99999999999999999999999"), line(flags: "x"),
])
func refusesWhatIsNoStatLine(text: String) {
    #expect(parsed(text) == nil)
}

@Test func survivesEveryCutAndFlip() {
    let whole = Array(line(name: "a) b").utf8)
    for length in 0..<whole.count {
        let cut = Array(whole[..<length])
        if let stat = StatIdentity(parsing: cut.span) { #expect(stat.pid == 4242) }
        for byte: UInt8 in [0, 0x20, 0x28, 0x29, 0x39, 0xFF] {
            var flipped = whole
            flipped[length] = byte
            _ = StatIdentity(parsing: flipped.span)
        }
    }
}
