/// Programs that start others and are neither workers nor masters of what they started.
enum Launchers {
    static func includes(_ entry: ProcessEntry) -> Bool {
        let command = Program(entry).command
        return names.contains(command) || names.contains(String(entry.name.prefix { $0 != ":" }))
            || entry.executable.map { names.contains(Program.lastComponent($0)) } ?? false
    }

    private static let names: Set<String> = [
        // Shells. `busybox` is missing: it is servers too, and its shell calls itself `sh`.
        "sh", "bash", "dash", "ash", "zsh", "fish", "ksh", "mksh", "csh", "tcsh", "pwsh", "nu",
        // First processes and service managers of the system.
        "init", "systemd", "(sd-pam)", "runit", "runsvdir", "runsv", "s6-svscan", "s6-supervise", "openrc",
        "openrc-run", "tini", "dumb-init", "docker-init", "catatonit", "conmon", "containerd-shim",
        "containerd-shim-runc-v2",
        // Sessions.
        "login", "agetty", "getty", "sshd", "sshd-session", "dropbear", "sudo", "su", "doas", "runuser", "setpriv",
        "tmux", "screen", "SCREEN", "script", "expect",
        // Jobs and builds.
        "cron", "crond", "CRON", "atd", "anacron", "make", "gmake", "ninja", "xargs", "parallel", "npm", "npx", "yarn",
        "pnpm",
        // One command around another.
        "env", "nohup", "setsid", "timeout", "nice", "ionice", "taskset", "unshare", "nsenter", "strace", "gdb", "perf",
    ]
}
