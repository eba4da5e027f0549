#define _GNU_SOURCE
#include "CLinuxSpawn.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

// One number on every architecture; C libraries older than the kernel lack the names.
#ifndef SYS_pidfd_send_signal
#define SYS_pidfd_send_signal 424
#endif
#ifndef SYS_close_range
#define SYS_close_range 436
#endif

#define SIGNAL_PROCESS_GROUP 4u  // PIDFD_SIGNAL_PROCESS_GROUP of linux/pidfd.h
#define HIGH 64                  // the child's two descriptors are above all that it sets
#define USUAL_FILES 1024

// Everything from here to `execve` runs in a copy of one thread of many: only system calls, no locks, no allocation.

static _Noreturn void fail(int report, int step, int error) {
    struct looptop_spawn_failure failure = {.step = step, .error = error};
    // The parent reads it or is gone; there is nobody else to tell.
    ssize_t ignored = write(report, &failure, sizeof failure);
    (void)ignored;
    _exit(127);
}

static void close_from(int first, int last) {
    if (syscall(SYS_close_range, first, last, 0) == 0) return;
    struct rlimit limit;  // before Linux 5.9
    int end = getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < 1 << 20 ? (int)limit.rlim_cur : 1 << 20;
    for (int fd = first; fd < end && fd <= last; fd++) close(fd);
}

static int become(const struct looptop_program *program) {
    // The calls themselves (on 64-bit machines), because those of the C library change all threads of a process, which the
    // copy has not got.
    if (syscall(SYS_setgroups, program->group_count, program->groups) < 0) return errno;
    if (syscall(SYS_setresgid, program->group, program->group, program->group) < 0) return errno;
    if (syscall(SYS_setresuid, program->user, program->user, program->user) < 0) return errno;
    if (getuid() != program->user || geteuid() != program->user || getegid() != program->group) return EPERM;
    return 0;
}

static _Noreturn void run(const struct looptop_program *program, int output, int report) {
    // A program keeps what is ignored, and the agent ignores SIGPIPE. The call itself, because the C library keeps two signals
    // from us that somebody before us may have ignored; SIG_DFL and no flags are zeros. KILL and STOP cannot be set.
    static const uint64_t standard[8];
    for (int number = 1; number < 65; number++) syscall(SYS_rt_sigaction, number, standard, NULL, 8);
    if (setsid() < 0) fail(report, LOOPTOP_SPAWN_PREPARE, errno);
    if (program->network >= 0 && setns(program->network, CLONE_NEWNET) < 0) fail(report, LOOPTOP_SPAWN_NETWORK, errno);

    // A socket that we let go of ends it, too; but it may be waiting for somebody who is silent.
    int has_socket = program->socket > 0;
    if (has_socket && prctl(PR_SET_PDEATHSIG, SIGTERM) < 0) fail(report, LOOPTOP_SPAWN_PREPARE, errno);
    int input = has_socket ? program->socket : open("/dev/null", O_RDONLY);
    if (input < 0 || dup2(input, 0) < 0 || dup2(has_socket ? input : output, 1) < 0 ||
        (!program->keeps_errors && dup2(output, 2) < 0))
        fail(report, LOOPTOP_SPAWN_PREPARE, errno);
    close_from(3, report - 1);
    close_from(report + 1, ~0u >> 1);

    // The agent raises its own limit; a program that counts on select(2) must not get that.
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur > USUAL_FILES) {
        limit.rlim_cur = USUAL_FILES;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
    umask(022);
    if (chdir("/") < 0) fail(report, LOOPTOP_SPAWN_PREPARE, errno);
    if (program->changes_user) {
        int error = become(program);
        if (error != 0) fail(report, LOOPTOP_SPAWN_USER, error);
    }
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    execve(program->path, program->arguments, program->environment == NULL ? environ : program->environment);
    fail(report, LOOPTOP_SPAWN_EXECUTE, errno);
}

// A pipe whose writing end is out of the way of 0, 1 and 2.
static int make_pipe(int ends[2]) {
    int made[2];
    if (pipe2(made, O_CLOEXEC) < 0) return -errno;
    int high = fcntl(made[1], F_DUPFD_CLOEXEC, HIGH);
    int error = high < 0 ? errno : 0;
    close(made[1]);
    if (error == 0 && fcntl(made[0], F_SETFL, O_NONBLOCK) < 0) error = errno;
    if (error != 0) {
        close(made[0]);
        if (high >= 0) close(high);
        return -error;
    }
    ends[0] = made[0];
    ends[1] = high;
    return 0;
}

static void close_pipe(int ends[2]) {
    close(ends[0]);
    close(ends[1]);
}

int looptop_spawn(const struct looptop_program *program, struct looptop_child *child) {
    int output[2], report[2];
    int failure = make_pipe(output);
    if (failure != 0) return failure;
    failure = make_pipe(report);
    if (failure != 0) {
        close_pipe(output);
        return failure;
    }
    // No handler of ours may run in the copy.
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pid_t pid = fork();
    if (pid == 0) run(program, output[1], report[1]);
    int error = pid < 0 ? errno : 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    close(output[1]);
    close(report[1]);

    int pidfd = -1;
    if (error == 0 && (pidfd = looptop_pidfd_open(pid)) < 0) {
        error = -pidfd;
        kill(pid, SIGKILL);  // ours and not waited for: nobody else has that pid
        while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) {}
    }
    if (error != 0) {
        close(output[0]);
        close(report[0]);
        return -error;
    }
    *child = (struct looptop_child){.pid = pid, .pidfd = pidfd, .output = output[0], .report = report[0]};
    return 0;
}

int looptop_reap(const struct looptop_child *child, enum looptop_exit_kind *kind, int *value) {
    int status;
    pid_t ended;
    do {
        ended = waitpid(child->pid, &status, WNOHANG);
    } while (ended < 0 && errno == EINTR);
    if (ended < 0) return -errno;
    if (ended == 0) return 0;
    *kind = WIFSIGNALED(status) ? LOOPTOP_EXIT_SIGNAL : LOOPTOP_EXIT_CODE;
    *value = WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status);
    return 1;
}

int looptop_signal_child(const struct looptop_child *child, int number) {
    if (syscall(SYS_pidfd_send_signal, child->pidfd, number, NULL, SIGNAL_PROCESS_GROUP) == 0) return 0;
    if (errno == EINVAL) return looptop_pidfd_send_signal(child->pidfd, number);
    return -errno;
}
