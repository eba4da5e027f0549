import Console
import Glibc
import Model

/// Whatever shows the dashboard and is typed into.
protocol Display: AnyObject {
    /// Readable when something was typed; -1 when nothing comes any more.
    var input: CInt { get }
    /// Whether the end of its input is the end of the dashboard.
    var endsWithInput: Bool { get }
    var size: Size { get }
    var glyphs: Glyphs { get }
    var mouse: Bool { get set }

    func show(_ rendering: Rendering, now: MonotonicInstant)
    func nextKey() -> Key?
    func redraw()
    func resized()
    func suspend()
    func resume()
    func restore()
    func ring()
    func notify(_ text: SafeText)
    func copy(_ text: String) throws(CopyRefusal)
}

extension CursesTerminal: Display {
    var input: CInt { STDIN_FILENO }
    var endsWithInput: Bool { true }

    func show(_ rendering: Rendering, now: MonotonicInstant) { draw(rendering.frame) }
}

/// Lines of text instead of a screen: nothing is drawn over, and whole lines are read, which the terminal lets somebody
/// edit. Works on anything, a pipe too.
final class PlainDisplay: Display {
    /// A longer line is cut.
    private static let longest = 4096

    private(set) var input = STDIN_FILENO
    let endsWithInput = isatty(STDIN_FILENO) == 1
    /// That of a small terminal, whatever there is: a page is read aloud, and columns that nobody needs are left out.
    let size = Size(rows: 24, columns: 80)
    let glyphs = Glyphs.spoken
    var mouse = false
    private let isUnicode: Bool
    private var text = PlainText()
    private var typed: [UInt8] = []
    private var isAnswer = true

    init(isUnicode: Bool) {
        self.isUnicode = isUnicode
        write("looptop as lines of text. Type keys, or one by its name (Down, PgDn, Esc, F1), /FILTER or :COMMAND,")
        write("and end the line; an empty line is Enter. j next, k previous, b back, C-l all again, ? help, q quit.")
    }

    func show(_ rendering: Rendering, now: MonotonicInstant) {
        let lines = text.lines(of: rendering, isAnswer: isAnswer, now: now)
        isAnswer = false
        for line in lines { write(line) }
    }

    func nextKey() -> Key? {
        while true {
            if let end = typed.firstIndex(of: UInt8(ascii: "\n")) {
                let line = String(decoding: typed[..<end].prefix(Self.longest), as: UTF8.self)
                typed.removeSubrange(...end)
                isAnswer = true
                return .line(line.last == "\r" ? String(line.dropLast()) : line)
            }
            guard input >= 0 else { return nil }
            var polled = pollfd(fd: input, events: Int16(POLLIN), revents: 0)
            guard poll(&polled, 1, 0) > 0 else { return nil }
            var buffer = [UInt8](repeating: 0, count: 1024)
            let count = read(input, &buffer, buffer.count)
            if count < 0, errno == EINTR || errno == EAGAIN { return nil }
            guard count > 0 else {
                // Of a terminal it is Ctrl-D.
                if endsWithInput { return .control("c") }
                input = -1
                return nil
            }
            // The end of a line that is too long is waited for.
            typed += buffer[..<count].filter { typed.count < Self.longest || $0 == UInt8(ascii: "\n") }
        }
    }

    func redraw() { text.forget() }
    func notify(_ text: SafeText) { write("\u{07}" + text.string) }
    func ring() { write("\u{07}") }
    func copy(_ text: String) throws(CopyRefusal) { throw .noClipboard }
    // There is nothing to give back.
    func resized() {}
    func suspend() {}
    func resume() { redraw() }
    func restore() {}

    private func write(_ line: String) {
        let shown = isUnicode ? line : String(line.unicodeScalars.map { $0.isASCII ? Character($0) : "?" })
        Output.data(shown + "\n")
    }
}
