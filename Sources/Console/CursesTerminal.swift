internal import CNcurses

/// The terminal, through ncursesw: the only user of curses in the program. Use it on the main thread only, one at a
/// time; curses keeps its state in globals.
///
/// It draws frames, reads keys, and gives the terminal back: on `restore()`, at `exit()`, and when the process
/// crashes. While it holds the screen, standard error is kept aside and printed afterwards.
public final class CursesTerminal {
    /// Which characters to draw with; screens pass it on. Starts with what the terminal and locale allow.
    public var glyphs: Glyphs
    /// What everything looks like; the next `draw` draws everything. A terminal without colours stays at `mono`.
    public var theme: Theme {
        didSet {
            if !hasColors { theme = .mono }
            appearances = Self.attributes(of: theme)
            lastFrame = nil
        }
    }
    /// Whether clicks and the wheel come as keys; text is then selected with Shift held.
    public var mouse = false {
        didSet { if mouse != oldValue, state == .drawing { write(mouse ? Self.mouseOn : Self.mouseOff) } }
    }
    private let hasColors: Bool
    /// Text beyond ASCII can be drawn; otherwise it shows as `?`.
    public let isUnicode: Bool

    enum State { case drawing, suspended, restored }
    private(set) var state = State.drawing
    private var lastFrame: Frame?
    private var keys = KeyDecoder()
    /// Keys are read through a pad: reading through a window would draw it first.
    private let input: OpaqueWindow
    /// It understands sequences that begin with ESC [.
    private let isANSI: Bool
    let answers: Bool
    /// It shows a frame as a whole when asked to, mode 2026.
    private var isSynchronized = false
    private var line: [cchar_t] = []
    /// A blank of each style, by its index.
    private var appearances: [cchar_t] = []

    private typealias OpaqueWindow = UnsafeMutablePointer<WINDOW>?
    private static let pasteStartCode: Int32 = 0o2001
    private static let pasteEndCode: Int32 = 0o2002

    /// Takes the terminal: alternate screen, raw keys.
    public init(options: TerminalOptions = TerminalOptions()) throws(TerminalError) {
        let (onInput, onOutput) = (isatty(0) != 0, isatty(1) != 0)
        guard onInput, onOutput else { throw .notATerminal(input: onInput, output: onOutput) }
        let traits = try Self.traits(options)
        let name: String
        (name, isANSI) = try Self.described()
        answers = isANSI && traits.answers
        cn_remember_modes()
        guard cn_open_screen() != nil, cn_stdscr() != nil else { throw .failed(name: name) }

        raw()
        noecho()
        nonl()
        intrflush(cn_stdscr(), false)
        leaveok(cn_stdscr(), false)
        scrollok(cn_stdscr(), false)
        input = newpad(1, 1)
        keypad(input, true)
        nodelay(input, true)
        if Self.environment("ESCDELAY") == nil { set_escdelay(25) }  // milliseconds; 1,000 by default
        isUnicode = traits.unicode
        glyphs = traits.glyphs
        hasColors = start_color() == OK && cn_colors() >= 8 && cn_color_pairs() >= 64
        theme = hasColors ? traits.theme : .mono
        appearances = Self.attributes(of: theme)
        define_key("\u{1B}[200~", Self.pasteStartCode)
        define_key("\u{1B}[201~", Self.pasteEndCode)
        define_key(nil, KEY_MOUSE)  // of its reports curses would take the beginning and leave the rest
        takeScreen()
    }

    deinit { restore() }

    /// The screen as curses knows it; `resized()` brings it up to date.
    public var size: Size {
        Size(rows: Int(getmaxy(cn_stdscr())), columns: Int(getmaxx(cn_stdscr())))
    }

    /// Makes the screen show a frame. Only what differs is written; for an unchanged frame nothing is.
    public func draw(_ frame: Frame) {
        guard state == .drawing, frame != lastFrame else { return }
        cn_trim_errors()
        let window = cn_stdscr()
        let previous = lastFrame.flatMap { $0.size == frame.size ? $0 : nil }
        if previous == nil { werase(window) }
        let rows = min(frame.size.rows, size.rows)
        for row in 0..<rows where previous.map({ $0[row: row] != frame[row: row] }) ?? true {
            fillLine(from: frame[row: row])
            // Does not wrap, does not scroll, stops at the right edge.
            mvwadd_wchnstr(window, Int32(row), 0, line, Int32(line.count))
        }
        if let cursor = frame.cursor {
            let row = min(max(cursor.row, 0), max(size.rows - 1, 0))
            let column = min(max(cursor.column, 0), max(size.columns - 1, 0))
            wmove(window, Int32(row), Int32(column))
        }
        if previous == nil || (previous?.cursor == nil) != (frame.cursor == nil) {
            curs_set(frame.cursor == nil ? 0 : 1)
        }
        wnoutrefresh(window)
        if isSynchronized { write("\u{1B}[?2026h") }
        doupdate()
        if isSynchronized { write("\u{1B}[?2026l") }
        lastFrame = frame
    }

    /// Draws everything anew at the next `draw`, over whatever another program left on the screen (Ctrl-L).
    public func redraw() {
        guard state == .drawing else { return }
        clearok(cn_stdscr(), true)
        lastFrame = nil
    }

    /// Asks the terminal for its size; call it after SIGWINCH.
    public func resized() {
        guard state == .drawing else { return }
        var (rows, columns): (Int32, Int32) = (0, 0)
        // A terminal may claim 65,535 each way; curses would allocate it.
        guard cn_window_size(&rows, &columns) else { return }
        resizeterm(min(rows, 1000), min(columns, 2000))
        redraw()
    }

    /// The next key, or `nil` when none is waiting. Never waits longer than the escape delay of 25 ms.
    public func nextKey() -> Key? {
        guard state == .drawing else { return nil }
        while let input = keys.next(readRaw) {
            switch input {
            case .key(let key): return key
            case .mode(let mode, let isKnown): if mode == 2026 { isSynchronized = isKnown }
            }
        }
        return nil
    }

    /// Lends the terminal to another program (or, with SIGTSTP, to the shell), until `resume()`.
    public func suspend() {
        guard state == .drawing else { return }
        state = .suspended
        releaseScreen()
    }

    /// Takes the terminal again. The next `draw` draws everything.
    public func resume() {
        guard state == .suspended else { return }
        state = .drawing
        takeScreen()
        resized()
        redraw()
    }

    /// Gives the terminal back for good; further calls do nothing.
    public func restore() {
        if state == .drawing { releaseScreen() }
        state = .restored
    }
}

extension CursesTerminal {
    private func takeScreen() {
        let farewell = Self.farewell(isANSI: isANSI, hasColors: hasColors)
        cn_arm_rescue(farewell, farewell.utf8.count)
        cn_capture_errors()
        write("\u{1B}[?2004h" + (mouse ? Self.mouseOn : ""))
        if answers { write("\u{1B}[?2026$p") }
    }

    private func releaseScreen() {
        write("\u{1B}[?2004l" + (mouse ? Self.mouseOff : ""))
        curs_set(1)
        endwin()
        cn_disarm_rescue()
        cn_release_errors()
        lastFrame = nil
    }

    func write(_ mode: String) {
        // A lost terminal is noticed by whoever reads from it.
        if isANSI { _ = cn_write(1, mode, mode.utf8.count) }
    }

    /// What leaves the screen in order: no attributes, cursor on, keypad off, alternate screen left.
    private static func farewell(isANSI: Bool, hasColors: Bool) -> String {
        var bytes = isANSI ? "\u{1B}[?2026l\(mouseOff)\u{1B}[?2004l" : ""
        for name in ["sgr0", hasColors ? "op" : "sgr0", "cnorm", "rmkx", "rmcup"] {
            guard let value = cn_capability(name) else { continue }
            bytes += Terminfo.withoutPadding(String(cString: value))
        }
        return bytes
    }

    static func environment(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }
    }

    /// Sets the character type locale and reads the environment. Curses measures characters by that locale.
    private static func traits(_ options: TerminalOptions) throws(TerminalError) -> TerminalTraits {
        func codeset() -> String { String(cString: cn_codeset()) }
        let named = cn_set_ctype("") ? codeset() : nil
        let canEncode = named == "UTF-8" || cn_set_ctype("C.UTF-8") && codeset() == "UTF-8"
        return try TerminalTraits(options: options, environment: environment, codeset: named, canEncode: canEncode)
    }

    /// The terminal's name, and whether it understands sequences that begin with ESC [.
    private static func described() throws(TerminalError) -> (name: String, isANSI: Bool) {
        guard let name = environment("TERM"), !name.isEmpty else { throw .noTerminalName }
        var problem: Int32 = 0  // newterm would print to the terminal; setupterm only looks
        guard setupterm(nil, 1, &problem) == OK else { throw .unknownTerminal(name: name) }
        guard let move = cn_capability("cup") else { throw .incapable(name: name) }
        return (name, String(cString: move).hasPrefix("\u{1B}["))
    }

    /// What a screen would be drawn with here, without taking the terminal.
    public static func survey(options: TerminalOptions = TerminalOptions()) -> TerminalSurvey {
        var survey = TerminalSurvey(environment: environment)
        do throws(TerminalError) {
            survey.take(try traits(options))
            survey.take(isANSI: try described().isANSI, colors: Int(cn_number("colors")))
        } catch { survey.problem = error }
        return survey
    }

    /// What curses calls each style. Only the theme's own pairs of colours are made: `TERM=linux` has no more than 64.
    private static func attributes(of theme: Theme) -> [cchar_t] {
        let hasDefaults = use_default_colors() == OK
        var pairs: [Appearance: Int32] = [:]
        return Style.all.map { style in
            let wanted = theme.appearance(of: style)
            let look = cn_colors() < 16 ? wanted.inEightColors : wanted
            var cell = cchar_t()
            if look.bold { cell.attr |= CN_BOLD }
            if look.dim { cell.attr |= CN_DIM }
            if look.reverse { cell.attr |= CN_REVERSE }
            if look.underline { cell.attr |= CN_UNDERLINE }
            guard look.hasColor else { return cell }
            let colors = Appearance(look.foreground, on: look.background)
            let pair = pairs[colors] ?? Int32(pairs.count + 1)
            guard pair < cn_color_pairs() else { return cell }
            if pairs.updateValue(pair, forKey: colors) == nil {
                // Without default colours curses takes pair 0 to be white on black.
                let front = look.foreground.number ?? (hasDefaults ? -1 : 7)
                let back = look.background.number ?? (hasDefaults ? -1 : 0)
                init_pair(Int16(pair), Int16(front), Int16(back))
            }
            cell.attr |= cn_pair_attribute(pair)
            cell.ext_color = pair
            return cell
        }
    }
}

/// Cells to curses.
extension CursesTerminal {
    /// One `cchar_t` per character: curses adds the second half of a wide one itself.
    private func fillLine(from cells: ArraySlice<Cell>) {
        line.removeAll(keepingCapacity: true)
        for (index, cell) in zip(cells.indices, cells) where !cell.isContinuation {
            let next = index + 1
            let isWide = next < cells.endIndex && cells[next].isContinuation
            var drawn = appearances[cell.style.index]
            let scalars = cell.scalars
            guard isDrawable(scalars.0, columns: isWide ? 2 : 1) else {
                drawn.chars.0 = 0x3F  // ?
                line.append(drawn)
                if isWide { line.append(drawn) }
                continue
            }
            drawn.chars.0 = wchar_t(scalars.0)
            if scalars.1 != 0, isUnicode {
                // A mark that the system's table takes for a full character would shift the rest of the line.
                drawn.chars.1 = mark(scalars.1)
                if drawn.chars.1 != 0 { drawn.chars.2 = mark(scalars.2) }
                if drawn.chars.2 != 0 { drawn.chars.3 = mark(scalars.3) }
                if drawn.chars.3 != 0 { drawn.chars.4 = mark(scalars.4) }
            }
            line.append(drawn)
        }
    }

    /// Whether curses, which asks wcwidth(3), agrees with our table; their Unicode versions may differ.
    private func isDrawable(_ scalar: UInt32, columns: Int) -> Bool {
        if scalar < 0x7F { return scalar >= 0x20 }
        return isUnicode && Self.systemWidth(of: scalar) == Int32(columns)
    }

    /// By the locale of the calling thread; -1 for what it does not know.
    static func systemWidth(of scalar: UInt32) -> Int32 { cn_width(scalar) }

    private func mark(_ scalar: UInt32) -> wchar_t {
        scalar != 0 && Self.systemWidth(of: scalar) == 0 ? wchar_t(scalar) : 0
    }
}

/// Curses to keys.
extension CursesTerminal {
    private func readRaw() -> RawKey? {
        while true {
            var value: wint_t = 0
            switch wget_wch(input, &value) {
            case OK:
                // Not a scalar: bytes that are no UTF-8.
                return Unicode.Scalar(value).map { .scalar($0) } ?? .key(.unknown(0))
            case KEY_CODE_YES where Int32(bitPattern: value) == KEY_RESIZE:
                continue  // resizeterm's own echo
            case KEY_CODE_YES:
                return Self.translated(Int32(bitPattern: value))
            default:
                return nil
            }
        }
    }

    private static func translated(_ code: Int32) -> RawKey {
        switch code {
        case pasteStartCode: .pasteStart
        case pasteEndCode: .pasteEnd
        case KEY_UP: .key(.up)
        case KEY_DOWN: .key(.down)
        case KEY_LEFT: .key(.left)
        case KEY_RIGHT: .key(.right)
        case KEY_PPAGE: .key(.pageUp)
        case KEY_NPAGE: .key(.pageDown)
        case KEY_HOME, KEY_A1: .key(.home)
        case KEY_END, KEY_C1: .key(.end)
        case KEY_DC: .key(.delete)
        case KEY_IC: .key(.insert)
        case KEY_BTAB: .key(.backTab)
        case KEY_BACKSPACE: .key(.backspace)
        case KEY_ENTER: .key(.enter)
        case (KEY_F0 + 1)...(KEY_F0 + 63): .key(.function(Int(code - KEY_F0)))
        default: .key(.unknown(Int(code)))
        }
    }
}
