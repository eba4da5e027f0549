import CLinux
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
        DefaultSocket.paths(runtime: environment("XDG_RUNTIME_DIR"), uid: uid)
    }

    static func environment(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

    /// Where a program is that is called by its path, or by a name in PATH.
    static func program(named name: String) -> String? {
        if name.hasPrefix("/") { return name }
        let folders = (environment("PATH") ?? "/usr/local/bin:/usr/bin:/bin").split(separator: ":")
        return folders.map { "\($0)/\(name)" }.first { $0.hasPrefix("/") && access($0, X_OK) == 0 }
    }

    /// A path as `unix:` takes it.
    static func absolute(_ path: String) -> String {
        if path.hasPrefix("/") { return path }
        guard let directory = getcwd(nil, 0) else { return path }
        defer { free(directory) }
        return String(cString: directory) + "/" + path
    }

    /// Without links on the way, so that one socket is one place; as it is where nothing is there.
    static func resolved(_ path: String) -> String {
        guard let real = realpath(path, nil) else { return path }
        defer { free(real) }
        return String(cString: real)
    }

    static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    /// Whether something is there that can be dialled.
    static func isSocket(_ path: String) -> Bool {
        looptop_is_socket(path) == 1
    }
}
