import Console
import Testing

@testable import Dashboard

@Suite struct TerminalAnswersTests {
    private func read(_ text: String) -> (answers: TerminalAnswers, isWhole: Bool) {
        var answers = TerminalAnswers()
        let isWhole = answers.read(Array(text.utf8))
        return (answers, isWhole)
    }

    @Test(arguments: [("\u{1B}[12;2R", 1), ("\u{1B}[1;3R", 2)])
    func theCursorSaysHowWideABlockWas(_ text: String, _ columns: Int) {
        let (answers, isWhole) = read(text)
        #expect(answers.blockColumns == columns)
        #expect(isWhole)
    }

    @Test(arguments: [
        "", "\u{1B}", "\u{1B}[", "\u{1B}[12;2", "\u{1B}[R", "\u{1B}[;R", "\u{1B}[12;99R", "\u{1B}[12;1R", "q\u{1B}[A",
        "\u{1B}[99999999999999999999;2222222222222222222222R", "\u{1B}[?2026;2$y",
    ])
    func anythingElseIsNoAnswer(_ text: String) {
        let (answers, isWhole) = read(text)
        #expect(answers.blockColumns == nil)
        #expect(!isWhole)
    }

    @Test func keysAmongTheAnswersArePassedOver() {
        let (answers, isWhole) = read("jj\u{1B}[A\u{1B}[?2026;2$yx\u{1B}[3;2R")
        #expect(answers.blockColumns == 1)
        #expect(answers.isSynchronized)
        #expect(isWhole)
    }

    @Test(arguments: [(0, false), (1, true), (2, true), (3, true), (4, false)])
    func aModeIsKnownOrNot(_ word: Int, _ isKnown: Bool) {
        #expect(read("\u{1B}[?2026;\(word)$y").answers.isSynchronized == isKnown)
    }
}

@Suite struct TerminalSurveyTests {
    @Test func theFirstVariableOfTheLocaleThatSaysSomethingCounts() {
        func locale(_ variables: [String: String]) -> TerminalSurvey.Variable? {
            TerminalSurvey { variables[$0] }.locale
        }
        #expect(locale([:]) == nil)
        #expect(locale(["LANG": "C", "LC_ALL": ""]) == .init(name: "LANG", value: "C"))
        #expect(locale(["LANG": "C", "LC_CTYPE": "en_US.UTF-8"]) == .init(name: "LC_CTYPE", value: "en_US.UTF-8"))
        #expect(locale(["LANG": "C", "LC_ALL": "POSIX", "LC_CTYPE": "x"]) == .init(name: "LC_ALL", value: "POSIX"))
    }
}
