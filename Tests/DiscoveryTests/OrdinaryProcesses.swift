import Discovery

/// What runs on machines where no app of anybody's runs: nothing of it may become a group.
enum OrdinaryProcesses {
    /// More than 300, with pids from 40,000 but for the first process.
    static let entries: [ProcessEntry] = {
        var made: [ProcessEntry] = []
        var pid: Int32 = 40_000
        @discardableResult
        func add(
            _ parent: Int32, _ commandLine: String, _ executable: String? = nil, epoll: Bool = false,
            ports: [UInt16] = [],
            environment: [String: String] = [:], in cgroup: String
        ) -> Int32 {
            pid += 1
            made.append(
                .made(
                    pid, parent: parent, commandLine, executable: executable, ports: ports, epoll: epoll,
                    environment: environment, cgroup: cgroup, directory: "/home/ada/src"))
            return pid
        }
        made.append(
            .made(
                1, parent: 0, "/sbin/init splash", executable: "/usr/lib/systemd/systemd", ports: [22], epoll: true,
                cgroup: "/init.scope"))

        // The system.
        for (name, line) in [
            ("systemd-journald", "/lib/systemd/systemd-journald"), ("systemd-udevd", "/lib/systemd/systemd-udevd"),
            ("systemd-logind", "/lib/systemd/systemd-logind"), ("dbus", "@dbus-daemon --system --address=systemd:"),
            ("cron", "/usr/sbin/cron -f -P"), ("rsyslog", "/usr/sbin/rsyslogd -n -iNONE"),
            ("polkit", "/usr/lib/polkitd"),
            ("NetworkManager", "/usr/sbin/NetworkManager --no-daemon"), ("udisks2", "/usr/libexec/udisks2/udisksd"),
            ("wpa_supplicant", "/sbin/wpa_supplicant -u -s"),
            ("unattended-upgrades", "/usr/bin/python3 /usr/share/uu --wait"),
            ("ModemManager", "/usr/sbin/ModemManager"), ("accounts-daemon", "/usr/libexec/accounts-daemon"),
        ] { add(1, line, epoll: true, in: "/system.slice/\(name).service") }
        add(
            1, "/lib/systemd/systemd-resolved", epoll: true, ports: [53, 5355],
            in: "/system.slice/systemd-resolved.service")
        add(1, "/usr/bin/containerd", epoll: true, ports: [33_001], in: "/system.slice/containerd.service")
        let docker = add(1, "/usr/bin/dockerd -H fd://", epoll: true, ports: [2376], in: "/system.slice/docker.service")
        for port in 1...6 {
            add(
                docker, "/usr/bin/docker-proxy -proto tcp -host-port \(8000 + port)", epoll: true,
                ports: [UInt16(8000 + port)],
                in: "/system.slice/docker.service")
        }
        for tty in 1...6 {
            add(
                1, "/sbin/agetty -o -p -- \\u --noclear tty\(tty)",
                in: "/system.slice/system-getty.slice/getty@tty\(tty).service")
        }

        // Sessions: shells, editors, builds.
        let sshd = add(
            1, "sshd: /usr/sbin/sshd -D [listener] 0 of 10-100 startups", "/usr/sbin/sshd", ports: [22],
            in: "/system.slice/ssh.service")
        for session in 1...18 {
            let scope = "/user.slice/user-1000.slice/session-\(session).scope"
            let privileged = add(sshd, "sshd: ada [priv]", "/usr/sbin/sshd", in: scope)
            let login = add(privileged, "sshd: ada@pts/\(session)", "/usr/sbin/sshd", in: scope)
            let shell = add(login, "-bash", "/usr/bin/bash", in: scope)
            add(shell, "vim notes-\(session).txt", epoll: true, in: scope)
            add(shell, "less /var/log/syslog", in: scope)
            add(shell, "sleep 60", in: scope)
            add(shell, "ssh -L 80\(session):localhost:80 there", ports: [UInt16(8100 + session)], in: scope)
        }
        let scope = "/user.slice/user-1000.slice/session-2.scope"
        let make = add(sshd, "make -j8", in: scope)
        for index in 1...16 {
            let shell = add(make, "/bin/sh -c cc -c file\(index).c", in: scope)
            add(shell, "cc -c file\(index).c", in: scope)
        }
        for _ in 1...8 { add(make, "/usr/lib/gcc/cc1 -quiet x.c", in: scope) }
        let jest = add(make, "node node_modules/.bin/jest", "/usr/bin/node", epoll: true, in: scope)
        for _ in 1...8 {
            add(
                jest, "/usr/bin/node node_modules/jest-worker/build/workers/processChild.js", "/usr/bin/node",
                epoll: true,
                environment: ["NODE_CHANNEL_FD": "3", "PWD": "/home/ada/src"], in: scope)
        }
        let pytest = add(make, "/usr/bin/python3 /usr/bin/pytest -n 8", "/usr/bin/python3.11", epoll: true, in: scope)
        for _ in 1...8 {
            add(
                pytest, "/usr/bin/python3 -u -c import sys;exec(eval(sys.stdin.readline()))", "/usr/bin/python3.11",
                in: scope)
        }
        let swift = add(make, "swift build", "/usr/bin/swift-build", epoll: true, in: scope)
        for index in 1...4 { add(swift, "/usr/bin/swift-frontend -c -primary-file f\(index).swift", in: scope) }

        // cron's jobs.
        for job in 1...8 {
            let runner = add(1, "/usr/sbin/CRON -f -P", "/usr/sbin/cron", in: "/system.slice/cron.service")
            let shell = add(runner, "/bin/sh -c /opt/job\(job)", in: "/system.slice/cron.service")
            add(shell, "/usr/bin/python3 /opt/job.py", "/usr/bin/python3.11", in: "/system.slice/cron.service")
        }

        // A desktop.
        let user = "/user.slice/user-1000.slice/user@1000.service"
        let manager = add(
            1, "/lib/systemd/systemd --user", "/usr/lib/systemd/systemd", epoll: true, in: "\(user)/init.scope")
        add(manager, "(sd-pam)", "/usr/lib/systemd/systemd", in: "\(user)/init.scope")
        for name in [
            "gvfsd", "pipewire", "wireplumber", "xdg-desktop-portal", "gnome-keyring-daemon", "evolution-addressbook",
        ] {
            add(manager, "/usr/libexec/\(name)", epoll: true, in: "\(user)/app.slice/\(name).service")
        }
        for index in 0...3 {
            add(
                manager, "/usr/libexec/dconf-service", epoll: true,
                in: "\(user)/app.slice/dbus-:1.2-org.x@\(index).service")
        }
        let browsing = "\(user)/app.slice/app-chrome-77.scope"
        let chrome = add(manager, "/opt/chrome/chrome", "/opt/chrome/chrome", epoll: true, ports: [9222], in: browsing)
        for _ in 1...2 {
            add(chrome, "/opt/chrome/chrome --type=zygote", "/opt/chrome/chrome", epoll: true, in: browsing)
        }
        for index in 1...20 {
            add(
                chrome, "/opt/chrome/chrome --type=renderer --renderer-client-id=\(index)", "/opt/chrome/chrome",
                epoll: true, in: browsing)
        }
        let firefox = add(
            manager, "firefox", "/usr/lib/firefox/firefox", epoll: true, in: "\(user)/app.slice/app-ff-1.scope")
        for index in 1...12 {
            add(
                firefox, "/usr/lib/firefox/firefox -contentproc -childID \(index) -isForBrowser",
                "/usr/lib/firefox/firefox",
                epoll: true, in: "\(user)/app.slice/app-ff-1.scope")
        }
        let code = add(
            manager, "/usr/share/code/code", "/usr/share/code/code", epoll: true, ports: [41_000],
            in: "\(user)/app.slice/app-code-1.scope")
        for kind in ["gpu-process", "utility", "utility", "renderer", "renderer"] {
            add(
                code, "/usr/share/code/code --type=\(kind)", "/usr/share/code/code", epoll: true,
                in: "\(user)/app.slice/app-code-1.scope")
        }
        add(
            manager, "/usr/bin/Xwayland :0 -rootless", epoll: true, ports: [6000], in: "\(user)/session.slice/x.service"
        )
        let tmux = add(1, "tmux new -s main", epoll: true, in: scope)
        for _ in 1...6 { add(tmux, "-bash", "/usr/bin/bash", in: scope) }
        // Backups, one instance of a template that is no server, a timer's job.
        add(1, "/usr/bin/restic backup /", in: "/system.slice/system-backup.slice/backup@1.service")
        for _ in 1...3 { add(1, "/usr/bin/rsync -a /a /b", in: "/system.slice/sync.service") }
        return made
    }()
}
