internal import Model

/// Programs that listen and wait for events, and that nobody would call an app of theirs.
enum Furniture {
    static func includes(_ index: Int, in scene: Scene) -> Bool {
        let command = scene.programs[index].command
        let file = scene.entries[index].executable.map(Program.lastComponent) ?? command
        if command[...].hasStart("systemd-") || file[...].hasStart("systemd-") { return true }
        if ofTheSystem.contains(command) || ofTheSystem.contains(file) { return true }
        if countsForCircus(index, in: scene) { return true }
        // A server may well be called `code`: only where a person sits is it the editor.
        return (ofADesktop.contains(command) || ofADesktop.contains(file)) && isPersons(scene.place(of: index))
    }

    /// `circus/arbiter.py`, with `statsd` on: `python -c "from circus import stats; stats.main()" --endpoint ...`.
    static func countsForCircus(_ index: Int, in scene: Scene) -> Bool {
        guard let parent = scene.parents[index], scene.keeps(parent) == .circus else { return false }
        return scene.entries[index].arguments.contains { $0[...].hasStart("from circus import stats") }
    }

    private static func isPersons(_ place: CgroupPlace) -> Bool {
        place.userManager != nil || place.unit?[...].hasStart("session-") ?? false
    }

    private static let ofTheSystem: Set<String> = [
        "rpcbind", "docker-proxy", "dockerd", "containerd", "rootlessport", "rootlessport-child", "slirp4netns",
        "pasta",
        "NetworkManager", "avahi-daemon", "dbus-daemon", "dbus-broker", "polkitd", "snapd", "packagekitd", "Xorg",
        "Xwayland", "gnome-shell",
    ]

    private static let ofADesktop: Set<String> = [
        "gnome-remote-desktop-daemon", "kdeconnectd", "plasmashell", "chrome", "chromium", "chromium-browser",
        "google-chrome", "brave", "msedge", "firefox", "firefox-bin", "firefox-esr", "thunderbird", "electron", "code",
        "code-insiders", "codium", "cursor", "slack", "discord", "Discord", "spotify", "steam", "steamwebhelper",
        "dropbox", "zoom", "teams", "signal-desktop", "telegram-desktop",
    ]
}
