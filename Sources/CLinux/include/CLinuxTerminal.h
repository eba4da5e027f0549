/// A terminal that no screen has taken. Its structures are here because `CNcurses` owns their Swift names.
#pragma once

/// The window's size in cells: ioctl_tty(2) TIOCGWINSZ. 0, or -1 where the terminal does not know it.
int looptop_terminal_size(int terminal, int *rows, int *columns);

/// Bytes come at once and are not echoed, so that answers of the terminal can be read. 0 or a negative errno; EPERM for a
/// process in the background, which would be stopped for it. `looptop_terminal_lines` makes it as it was; one at a time.
int looptop_terminal_bytes(int terminal);
void looptop_terminal_lines(int terminal);
