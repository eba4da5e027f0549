import CLinux
import Discovery
import Glibc
import Model
import ProcFS

/// Versions of servers for which control has to know them (uvicorn), from the names of directories beside the program, as
/// the server sees them. Nothing is run and no file is read.
struct ServerVersions {
    private static let nameLimit = 20_000

    /// Once for each master's life: what is installed later is not what it runs.
    private var known: [ProcessRef: String?] = [:]
    private let root: String

    init(procRoot: String = "/proc") { root = procRoot }

    /// `nil` when it cannot be told, or when something else was installed since the server started.
    mutating func version(of master: ProcessEntry, kind: GroupKind, started: WallTime) -> String? {
        guard kind == .uvicorn else { return nil }
        let process = ProcessRef(pid: master.pid, startTicks: master.startTicks)
        if let version = known[process] { return version }
        let version = find("uvicorn", of: master, started: started)
        known[process] = .some(version)
        return version
    }

    /// Those of other processes are forgotten.
    mutating func keep(_ masters: Set<ProcessRef>) { known = known.filter { masters.contains($0.key) } }

    private func find(_ package: String, of master: ProcessEntry, started: WallTime) -> String? {
        let raw = open("\(root)/\(master.pid)/root", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard raw >= 0 else { return nil }
        let place = OwnedFD(adopting: raw)
        for prefix in PythonPlaces.prefixes(of: master, running: package) {
            var versions: Set<String> = []
            for library in ["lib", "lib64"] {
                for python in Self.names(in: "\(prefix)/\(library)", of: place) where python.hasPrefix("python3") {
                    for packages in ["site-packages", "dist-packages"] {
                        let directory = "\(prefix)/\(library)/\(python)/\(packages)"
                        let found = Self.names(in: directory, of: place).filter {
                            PythonPlaces.isMetadata($0, of: package)
                        }
                        guard let version = PythonPlaces.version(in: found, of: package) else { continue }
                        guard found.count == 1, Self.isOlder("\(directory)/\(found[0])", of: place, than: started)
                        else {
                            return nil
                        }
                        versions.insert(version)
                    }
                }
            }
            // Two versions of Python with one each: which of them it is cannot be told.
            if !versions.isEmpty { return versions.count == 1 ? versions.first : nil }
        }
        return nil
    }

    /// Names in a directory below the server's own root; none where there is no such directory.
    private static func names(in path: String, of place: borrowing OwnedFD) -> [String] {
        let raw = looptop_open_in_root(place.raw, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard raw >= 0 else { return [] }
        guard let stream = fdopendir(raw) else {
            close(raw)
            return []
        }
        defer { closedir(stream) }
        var names: [String] = []
        while names.count < nameLimit, let entry = readdir(stream) {
            names.append(
                withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) })
        }
        return names
    }

    private static func isOlder(_ path: String, of place: borrowing OwnedFD, than started: WallTime) -> Bool {
        let raw = looptop_open_in_root(place.raw, path, looptop_path_only)
        guard raw >= 0 else { return false }
        let file = OwnedFD(adopting: raw)
        var status = stat()
        guard fstat(file.raw, &status) == 0 else { return false }
        return Int64(status.st_ctim.tv_sec) <= started.nanoseconds / 1_000_000_000
    }
}
