import Glibc
import Model
import Transport

/// Where the dashboard keeps its files and looks for agents.
enum Places {
    /// `--state-dir`, else `LOOPTOP_STATE_DIR`, else `$XDG_STATE_HOME/looptop`, else `~/.local/state/looptop`. Relative
    /// XDG paths are ignored, as the XDG base directory specification asks. `nil` when even HOME is unset.
    static func stateDirectory(option: String?, environment: (String) -> String?) -> String? {
        if let option { return option }
        if let given = environment("LOOPTOP_STATE_DIR"), !given.isEmpty { return given }
        if let base = environment("XDG_STATE_HOME"), base.hasPrefix("/") { return base + "/looptop" }
        if let home = environment("HOME"), home.hasPrefix("/") { return home + "/.local/state/looptop" }
        return nil
    }

    /// Sockets on which an agent of this machine may serve this user, most likely first.
    static func localSockets(environment: (String) -> String?, uid: UInt32) -> [String] {
        var paths: [String] = []
        if let runtime = environment("XDG_RUNTIME_DIR") {
            paths.append(DefaultSocket.path(environment: ["XDG_RUNTIME_DIR": runtime], uid: uid))
        }
        paths.append(DefaultSocket.path(environment: [:], uid: uid))
        paths.append(DefaultSocket.path(environment: [:], uid: 0))
        var seen: Set<String> = []
        return paths.filter { seen.insert($0).inserted }
    }

    static func environment(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

    /// A path as `unix:` takes it.
    static func absolute(_ path: String) -> String {
        if path.hasPrefix("/") { return path }
        guard let directory = getcwd(nil, 0) else { return path }
        defer { free(directory) }
        return String(cString: directory) + "/" + path
    }

    static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    /// Whether something is there that can be dialled.
    static func isSocket(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFSOCK
    }
}
