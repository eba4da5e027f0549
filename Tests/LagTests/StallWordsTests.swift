import Lag
import Model
import Testing

@Suite struct StallWordsTests {
    private func text(
        _ cause: StallCause, _ milliseconds: Int, isBound: Bool = false, runnable: UInt32? = nil, cores: UInt32? = 2,
        isOpen: Bool = false
    ) -> String {
        stallText(
            cause: cause, length: .milliseconds(milliseconds), isBound: isBound, runnable: runnable, cores: cores,
            isOpen: isOpen)
    }

    @Test func eachCauseHasItsVerb() {
        #expect(text(.cpu, 150) == "ran 150 ms")
        #expect(text(.blocked(SystemCall(number: 202)), 200) == "blocked 200 ms in futex")
        #expect(text(.blocked(SystemCall(number: 499)), 200) == "blocked 200 ms in syscall 499")
        #expect(text(.blocked(nil), 200) == "blocked 200 ms")
        #expect(
            text(.blocked(.epollPwait), 400, isOpen: true)
                == "blocked 400 ms so far in epoll_pwait (a nested loop, e.g. execSync)")
        #expect(text(.blocked(.poll), 400) == "blocked 400 ms in poll", "one answer may be all it waits for")
        #expect(text(.stopped, 300) == "stopped 300 ms")
        #expect(text(.throttled, 60) == "throttled 60 ms by its cgroup")
    }

    @Test func starvationSaysWhoElseWantedACPU() {
        #expect(text(.runQueue, 80, runnable: 9) == "starved 80 ms: 9 runnable on 2 cores")
        #expect(text(.runQueue, 80, runnable: 9, cores: 1) == "starved 80 ms: 9 runnable on 1 core")
        #expect(text(.runQueue, 80, runnable: 9, cores: nil) == "starved 80 ms: 9 runnable")
        #expect(text(.runQueue, 80) == "starved 80 ms")
        #expect(text(.runQueue, 80, runnable: 2) == "starved 80 ms", "two on two cores are no crowd")
    }

    @Test func whatIsNotKnownOrNotOverIsSaid() {
        #expect(text(.cpu, 150, isBound: true) == "ran at most 150 ms")
        #expect(text(.blocked(SystemCall(number: 0)), 3210, isOpen: true) == "blocked 3.2 s so far in read")
        #expect(text(.cpu, 20, isBound: true, isOpen: true) == "ran at most 20 ms so far")
        #expect(
            stallText(
                cause: .stopped, length: .milliseconds(900), isBound: false, isFloor: true, runnable: nil, cores: 2,
                isOpen: true) == "stopped at least 900 ms so far")
    }

    @Test func lengthsKeepTwoFigures() {
        let texts = [0, 3, 999, 1000, 3249, 9949, 9951, 59_499, 60_000, 125_000, 3_599_000, 11_520_000]
        #expect(
            texts.map { stallLengthText(.milliseconds($0)) } == [
                "0 ms", "3 ms", "999 ms", "1.0 s", "3.2 s", "9.9 s", "10 s", "59 s", "1 min 0 s", "2 min 5 s",
                "59 min 59 s", "3 h 12 min",
            ])
        #expect(stallLengthText(.seconds(-1)) == "0 ms")
        #expect(stallLengthText(.nanoseconds(Int64.max)).hasSuffix("min"))
    }
}
