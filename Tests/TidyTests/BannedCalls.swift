import Glibc
import Testing

/// Calls that a remote peer could turn against us, or that have one proper home.
@Suite struct BannedCalls {
    struct Ban: Sendable, CustomTestStringConvertible {
        let call: String
        let why: String
        /// Files in which it is at home.
        var homes: Set<String> = []
        var testDescription: String { call }
    }

    static let bans = [
        Ban(
            call: "kill(", why: "a number can be another process by now: signals go through a pidfd",
            homes: ["Sources/Dashboard/Loop/SignalDescriptor.swift"]),  // 0: our own group
        Ban(call: "killpg(", why: "a group has no pidfd"),
        Ban(call: "system(", why: "no shell, ever"),
        Ban(call: "popen(", why: "no shell, ever"),
        Ban(call: "try!", why: "a trap on input is a remote crash"),
        Ban(call: "as!", why: "a trap on input is a remote crash"),
        Ban(call: "fatalError(", why: "throw, or make the state impossible"),
        Ban(call: "import Foundation\n", why: "50 MB and 9 ms: FoundationEssentials has what is needed"),
        Ban(
            call: "Task.sleep", why: "wait for an event; timers belong to shells",
            homes: ["Sources/Agent/Commands/CommandClock.swift"]),
        Ban(
            call: "clock_gettime(", why: "time is passed in; only shells look at a clock",
            homes: [
                "Sources/Agent/Running/Clocks.swift", "Sources/Transport/Network.swift",
                "Sources/ProcFS/CPUClock.swift",
            ]),
        Ban(call: "ContinuousClock", why: "time is passed in"),
        Ban(call: "SuspendingClock", why: "time is passed in"),
        Ban(call: "@unchecked Sendable", why: "needs a paragraph; there is none so far"),
    ]

    static func uses(of call: String, in file: SourceTree.File) -> [Int] {
        guard strstr(file.text + "\n", call) != nil else { return [] }  // of most files that is all
        let code = file.lines.enumerated().filter { !$0.element.drop { $0 == " " }.hasPrefix("//") }
        return code.compactMap { number, line in
            // With the line's end, so that a ban can name a whole import; a longer name (`pkill(`) is another call.
            let text = line + "\n"
            guard let range = text.firstRange(of: call) else { return nil }
            let before = range.lowerBound > text.startIndex ? text[text.index(before: range.lowerBound)] : " "
            let isName = before.isLetter || before.isNumber || before == "_"
            return isName && call.first?.isLetter == true ? nil : number + 1
        }
    }

    @Test(arguments: bans) func isNotUsed(_ ban: Ban) throws {
        for file in try SourceTree.files(below: "Sources", ending: ".swift") where !ban.homes.contains(file.path) {
            let lines = Self.uses(of: ban.call, in: file)
            #expect(lines.isEmpty, "\(file):\(lines): \(ban.call): \(ban.why)")
        }
    }

    @Test func theSearchFindsAUseAndNotALongerName() {
        let file = SourceTree.File(path: "x", text: "// kill(1)\n    pkill(2)\n    kill(pid, 9)\nGlibc.kill(3)\n")
        #expect(Self.uses(of: "kill(", in: file) == [3, 4])
    }
}
