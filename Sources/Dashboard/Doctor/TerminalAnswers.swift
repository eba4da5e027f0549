import CLinux
import Console
import Glibc

/// What a terminal says of itself when it is asked: things that no environment variable tells.
struct TerminalAnswers: Hashable, Sendable {
    /// Columns that a block character takes there: 1, or 2 where characters of ambiguous width are wide (UAX 11). `nil`: it
    /// did not say.
    var blockColumns: Int?
    /// It can show a picture as a whole, mode 2026.
    var isSynchronized = false
    /// The screen's size; `nil` where it is not known.
    var size: Size?

    init() {}

    /// DECRQM for mode 2026; a block at the left edge; where the cursor is then (CPR), which every terminal answers, so that
    /// it ends the answers; and the line cleared again.
    static let question = "\u{1B}[?2026$p\r▁\u{1B}[6n\r\u{1B}[K"

    /// Takes in all the terminal sent so far, whatever else is among it. `true` when the last answer is there.
    mutating func read(_ bytes: [UInt8]) -> Bool {
        var isWhole = false
        for answer in bytes.split(separator: 0x1B, omittingEmptySubsequences: true) where answer.first == 0x5B {
            let body = answer.dropFirst()
            guard let end = body.firstIndex(where: { (0x40...0x7E).contains($0) }) else { continue }
            let text = String(decoding: body[..<end], as: UTF8.self)
            switch body[end] {
            case UInt8(ascii: "R"):
                let numbers = text.split(separator: ";").map { Int($0) }
                guard numbers.count == 2, let column = numbers[1], (2...3).contains(column) else { continue }
                blockColumns = column - 1
                isWhole = true
            case UInt8(ascii: "y") where text.hasPrefix("?2026;"):
                // 0 is "not known", 4 "never"; xterm's ctlseqs, DECRPM.
                isSynchronized = ["1", "2", "3"].contains(text.dropFirst(6).prefix { $0 != "$" })
            default: break
            }
        }
        return isWhole
    }
}

extension TerminalAnswers {
    /// Asks the terminal that controls this process, also where output goes elsewhere. `nil` where there is none.
    ///
    /// - Parameters:
    ///   - words: whether it may be asked in words of its own; else only the system is asked for its size.
    ///   - milliseconds: how long to wait for what it says.
    static func ask(words: Bool, milliseconds: CInt = 1000) -> TerminalAnswers? {
        let terminal = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY)
        guard terminal >= 0 else { return nil }
        defer { close(terminal) }
        var answers = TerminalAnswers()
        var (rows, columns): (CInt, CInt) = (0, 0)
        if looptop_terminal_size(terminal, &rows, &columns) == 0 {
            answers.size = Size(rows: Int(rows), columns: Int(columns))
        }
        guard words, looptop_terminal_bytes(terminal) == 0 else { return answers }
        answers.converse(terminal, milliseconds: milliseconds)
        looptop_terminal_lines(terminal)
        return answers
    }

    private mutating func converse(_ terminal: CInt, milliseconds: CInt) {
        let question = Array(Self.question.utf8)
        guard write(terminal, question, question.count) == question.count else { return }
        var received: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 256)
        var descriptor = pollfd(fd: terminal, events: Int16(POLLIN), revents: 0)
        // Somebody may lean on a key: there is an end to it.
        while received.count < 4096, poll(&descriptor, 1, milliseconds) > 0 {
            let count = Glibc.read(terminal, &buffer, buffer.count)
            guard count > 0 else { return }
            received += buffer[..<count]
            if read(received) { return }
        }
    }
}
