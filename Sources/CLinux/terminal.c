#define _GNU_SOURCE
#include "include/CLinuxTerminal.h"

#include <errno.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

int looptop_terminal_size(int terminal, int *rows, int *columns) {
    struct winsize size;
    if (ioctl(terminal, TIOCGWINSZ, &size) != 0 || size.ws_row == 0 || size.ws_col == 0) return -1;
    *rows = size.ws_row;
    *columns = size.ws_col;
    return 0;
}

static struct termios usual;

int looptop_terminal_bytes(int terminal) {
    if (tcgetpgrp(terminal) != getpgrp()) return -EPERM;
    if (tcgetattr(terminal, &usual) != 0) return -errno;
    struct termios modes = usual;
    modes.c_lflag &= ~(tcflag_t)(ECHO | ICANON);
    return tcsetattr(terminal, TCSADRAIN, &modes) == 0 ? 0 : -errno;
}

void looptop_terminal_lines(int terminal) { tcsetattr(terminal, TCSADRAIN, &usual); }
