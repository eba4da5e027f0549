import Model
import Testing

@Test func aSignalIsFoundByItsNameAndNamedByItsNumber() {
    #expect(SignalWord.number("TERM") == 15 && SignalWord.number("SIGTERM") == 15)
    #expect(SignalWord.word(28) == "WINCH")
    for number in 0...64 as ClosedRange<UInt8> {
        if let word = SignalWord.word(number) { #expect(SignalWord.number(word) == number) }
    }
    for text in ["", "SIG", "term", "sigterm", "15", "SIGSIGTERM"] { #expect(SignalWord.number(text) == nil) }
}
