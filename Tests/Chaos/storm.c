#include <sys/wait.h>
#include <stdio.h>
#include <unistd.h>
/* Two lanes: while one child is waited for another lives, and many a pid is gone when it is looked at. */
int main(void) {
    fork();
    for (unsigned long born = 0;; born++) {
        pid_t child = fork();
        if (child == 0) { _exit(0); }
        if (child > 0) { waitpid(child, 0, 0); }
    }
}
