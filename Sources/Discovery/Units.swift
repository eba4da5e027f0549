/// Services of systemd that are not what keeps a server running in them: they run whatever people and machines start.
enum Units {
    /// Of a unit's name, or a template's.
    static func areFurniture(_ name: String) -> Bool {
        let unit = name[...]
        guard unit.hasEnding(".service") else { return true }
        return prefixes.contains { unit.hasStart($0) } || names.contains(name)
    }

    private static let prefixes = [
        "user@", "getty@", "serial-getty@", "container-getty@", "autovt@", "systemd-", "dbus", "ssh@", "sshd@", "app-",
        "display-manager", "run-", "user-runtime-dir@",
    ]

    private static let names: Set<String> = [
        "ssh.service", "sshd.service", "dropbear.service", "cron.service", "crond.service", "cronie.service",
        "anacron.service",
        "atd.service", "console-getty.service", "gdm.service", "lightdm.service", "sddm.service", "docker.service",
        "containerd.service", "podman.service", "crio.service", "kubelet.service", "k3s.service", "snapd.service",
        "lxd.service", "lxc.service", "libvirtd.service", "init.service", "rc-local.service", "emergency.service",
    ]
}
