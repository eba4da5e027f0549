/// Programs that start others and are neither workers nor masters of what they started.
enum Launchers {
    static func includes(_ index: Int, in scene: Scene) -> Bool {
        let entry = scene.entries[index]
        if names.contains(scene.programs[index].command) || names.contains(entry.name) { return true }
        // `sshd: ada`, `tmux: server`.
        if let colon = entry.name.utf8.firstIndex(of: UInt8(ascii: ":")), names.contains(String(entry.name[..<colon])) {
            return true
        }
        return entry.executable.map { names.contains(Program.lastComponent($0)) } ?? false
    }

    /// Where a person types: what is started there is started by hand, and belongs to no service it may run below.
    static func isSession(_ index: Int, in scene: Scene) -> Bool {
        let name = scene.entries[index].name
        let command = name.utf8.firstIndex(of: UInt8(ascii: ":")).map { String(name[..<$0]) } ?? name
        return sessions.contains(command) || sessions.contains(scene.programs[index].command)
    }

    /// Runs jobs side by side: that those are alike says nothing.
    static func runsJobs(_ index: Int, in scene: Scene) -> Bool {
        ["xargs", "parallel", "ninja"].contains(scene.programs[index].command)
    }

    static let shells: Set<String> = [
        // `busybox` is missing: it is servers too, and its shell calls itself `sh`.
        "sh", "bash", "dash", "ash", "zsh", "fish", "ksh", "mksh", "csh", "tcsh", "pwsh", "nu",
    ]

    private static let sessions: Set<String> = [
        "login", "agetty", "getty", "sshd", "sshd-session", "dropbear", "tmux", "screen", "SCREEN", "cron", "crond",
        "CRON", "atd", "anacron",
    ]

    private static let names: Set<String> = shells.union(sessions).union([
        // First processes and service managers of the system.
        "init", "systemd", "(sd-pam)", "runit", "runsvdir", "runsv", "s6-svscan", "s6-supervise", "openrc",
        "openrc-run", "tini", "dumb-init", "docker-init", "catatonit", "conmon", "containerd-shim",
        "containerd-shim-runc-v2",
        "sudo", "su", "doas", "runuser", "setpriv", "script", "expect",
        // Jobs and builds.
        "make", "gmake", "ninja", "xargs", "parallel", "npm", "npx", "yarn", "pnpm",
        // One command around another.
        "env", "nohup", "setsid", "timeout", "nice", "ionice", "taskset", "unshare", "nsenter", "strace", "gdb", "perf",
    ])
}
