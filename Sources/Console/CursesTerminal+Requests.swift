/// What is asked of the terminal besides a picture.
extension CursesTerminal {
    /// Presses and the wheel (1000), with numbers of any size (1006). Source: XTerm Control Sequences, "Mouse Tracking".
    static let mouseOn = "\u{1B}[?1000h\u{1B}[?1006h"
    static let mouseOff = "\u{1B}[?1006l\u{1B}[?1000l"

    /// The terminal's bell.
    public func ring() {
        guard state == .drawing else { return }
        write("\u{07}")
    }

    /// The bell, and a notification of the desktop where the terminal knows OSC 9 (iTerm2, Windows Terminal, kitty ...);
    /// others ignore it.
    public func notify(_ text: SafeText) {
        guard state == .drawing else { return }
        // Safe text has no control characters, so that it cannot end the sequence.
        write("\u{07}\u{1B}]9;\(text.truncated(to: 200).string)\u{1B}\\")
    }

    /// Hands a text to the clipboard of whoever sits at the terminal. Whether the terminal took it nobody tells.
    public func copy(_ text: String) throws(CopyRefusal) {
        guard state == .drawing, answers else { throw .noClipboard }
        let inTmux = Self.environment("TMUX") != nil || Self.environment("TERM")?.hasPrefix("tmux") == true
        write(try Clipboard.sequence(for: text, inTmux: inTmux))
    }
}
