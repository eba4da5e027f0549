import Control
import Testing

@Suite struct SignalsTests {
    @Test func neitherKillNorStopIsSentByHand() {
        #expect(!Signals.allowed.contains(9) && !Signals.allowed.contains(19))
        #expect(Set(Signals.allowed).count == 12)
    }

    @Test func haveTheNamesOfSignal7() {
        #expect(
            Signals.allowed.map { Signals.name($0) } == [
                "SIGHUP", "SIGINT", "SIGQUIT", "SIGABRT", "SIGUSR1", "SIGUSR2", "SIGTERM", "SIGCONT", "SIGTSTP",
                "SIGTTIN",
                "SIGTTOU", "SIGWINCH",
            ])
        #expect(Signals.name(9) == "SIGKILL" && Signals.name(64) == "SIG64")
    }
}
