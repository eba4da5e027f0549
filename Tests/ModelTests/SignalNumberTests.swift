import Model
import Testing

@Suite struct SignalNumberTests {
    @Test func neitherKillNorStopIsSentByHand() {
        #expect(!SignalNumber.allowed.contains(9) && !SignalNumber.allowed.contains(19))
        #expect(Set(SignalNumber.allowed).count == 12)
    }

    @Test func haveTheNamesOfSignal7() {
        #expect(
            SignalNumber.allowed.map { SignalNumber.name($0) } == [
                "SIGHUP", "SIGINT", "SIGQUIT", "SIGABRT", "SIGUSR1", "SIGUSR2", "SIGTERM", "SIGCONT", "SIGTSTP",
                "SIGTTIN", "SIGTTOU", "SIGWINCH",
            ])
        #expect(SignalNumber.name(9) == "SIGKILL" && SignalNumber.name(64) == "SIG64")
    }

    @Test func aSignalIsFoundByItsNameAndNamedByItsNumber() {
        #expect(SignalNumber.number("TERM") == 15 && SignalNumber.number("SIGTERM") == 15)
        #expect(SignalNumber.word(28) == "WINCH")
        for number in 0...64 as ClosedRange<UInt8> {
            if let word = SignalNumber.word(number) { #expect(SignalNumber.number(word) == number) }
        }
        for text in ["", "SIG", "term", "sigterm", "15", "SIGSIGTERM"] { #expect(SignalNumber.number(text) == nil) }
    }
}
