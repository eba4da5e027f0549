/// One thing the user typed.
public enum Key: Hashable, Sendable {
    case character(Character)
    case enter, escape, backspace, tab, backTab
    case up, down, left, right, pageUp, pageDown, home, end, delete, insert
    /// F1 is 1.
    case function(Int)
    /// Held Ctrl; the character is lower case: `.control("c")`.
    case control(Character)
    /// Bracketed paste, as typed by the terminal: may hold newlines and anything else, so make it `SafeText` to draw.
    case paste(String)
    /// Only while the terminal was asked to tell (`CursesTerminal.mouse`).
    case mouse(Mouse)
    /// A whole line, where no single keys can be read.
    case line(String)
    /// Something with no meaning here: a curses key code, or 0 for a sequence nobody knows.
    case unknown(Int)
}
