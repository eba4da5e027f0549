import Glibc
import Trust

/// Where configuration is looked for, what wins first.
struct ConfigurationFiles: Sendable {
    /// A directory with `config.json5` and `contexts/NAME.json5`.
    struct Folder: Hashable, Sendable {
        var path: String

        var config: String { path + "/config.json5" }
        var contexts: String { path + "/contexts" }
    }

    /// A file that was named: then it is all that is read, and it must exist.
    var named: String?
    var folders: [Folder]

    static let largest = 1 << 20
    /// As many as anybody keeps; more is a mistake.
    static let mostContexts = 1000

    /// `--config`, else `LOOPTOP_CONFIG`; else `$XDG_CONFIG_HOME/looptop`, which is `~/.config/looptop` where it is not set,
    /// and `/etc/looptop`. Relative XDG paths are ignored, as the XDG base directory specification asks.
    init(option: String?, environment: (String) -> String?) {
        func variable(_ name: String) -> String? { environment(name).flatMap { $0.isEmpty ? nil : $0 } }
        named = option ?? variable("LOOPTOP_CONFIG")
        var folders: [Folder] = []
        if let base = variable("XDG_CONFIG_HOME"), base.hasPrefix("/") {
            folders.append(Folder(path: base + "/looptop"))
        } else if let home = variable("HOME"), home.hasPrefix("/") {
            folders.append(Folder(path: home + "/.config/looptop"))
        }
        self.folders = folders + [Folder(path: "/etc/looptop")]
    }

    /// All of them as one; or all that is wrong with any of them.
    func load() throws(ConfigurationFault) -> Configuration {
        var lines: [String] = []
        var status = CommandStatus.configuration
        var result = Configuration()
        func add(_ part: () throws(ConfigurationFault) -> Configuration) {
            do throws(ConfigurationFault) {
                let part = try part()
                result = result.over(part)
            } catch {
                if lines.isEmpty { status = error.status }
                lines += error.lines
            }
        }
        if let named {
            add { () throws(ConfigurationFault) in try config(named, mustExist: true) }
        } else {
            for folder in folders { add { () throws(ConfigurationFault) in try contents(of: folder) } }
        }
        // Where a file could not be read, a context that it names is not missed.
        if lines.isEmpty, let line = Self.unknownContext(in: result) { lines.append(line) }
        guard lines.isEmpty else { throw ConfigurationFault(status: status, lines: lines) }
        return result
    }

    private static func unknownContext(in configuration: Configuration) -> String? {
        guard let name = configuration.context, configuration.context(named: name) == nil,
            let written = configuration.written["context"]
        else { return nil }
        return JSON5Problem(place: written.value.place, key: "context", reason: configuration.noContext(named: name))
            .sentence(file: written.file)
    }

    private func contents(of folder: Folder) throws(ConfigurationFault) -> Configuration {
        var result = try config(folder.config, mustExist: false)
        for name in try Self.names(in: folder.contexts) {
            let file = "\(folder.contexts)/\(name).json5"
            guard let bytes = try Self.bytes(of: file, mustExist: true) else { continue }
            var reader = ConfigurationReader(file: file)
            let root = try Self.parse(bytes, file: file)
            let context = reader.read(root, contextNamed: name)
            if let other = result.context(named: name) {
                let reason = "the context \"\(name)\" is also in \(other.place)"
                reader.problems.note(root.problem(reason))
            }
            try reader.problems.check(file: file)
            if let context { result.contexts.append(context) }
            result.note("contexts.\(name)", .init(value: root.value, file: file))
        }
        return result
    }

    private func config(_ file: String, mustExist: Bool) throws(ConfigurationFault) -> Configuration {
        guard let bytes = try Self.bytes(of: file, mustExist: mustExist) else { return Configuration() }
        return try Self.read(bytes, file: file)
    }

    /// All that is wrong with a text, at once.
    static func read(_ bytes: [UInt8], file: String) throws(ConfigurationFault) -> Configuration {
        var reader = ConfigurationReader(file: file)
        let configuration = reader.read(try parse(bytes, file: file))
        try reader.problems.check(file: file)
        return configuration
    }

    private static func parse(_ bytes: [UInt8], file: String) throws(ConfigurationFault) -> JSON5Cursor {
        guard bytes.count <= largest else {
            throw ConfigurationFault(lines: ["\(file): it is larger than \(largest >> 20) MiB"])
        }
        do throws(JSON5Problem) {
            return try JSON5Cursor(parsing: bytes)
        } catch {
            throw ConfigurationFault(lines: [error.sentence(file: file)])
        }
    }

    /// `nil` where the file is missing and may be. Others must not be able to write it: it can name commands to run.
    private static func bytes(of file: String, mustExist: Bool) throws(ConfigurationFault) -> [UInt8]? {
        do throws(TrustError) {
            if let bytes = try OwnersFile.contents(of: file, limit: largest) { return bytes }
        } catch {
            throw ConfigurationFault(status: Output.status(of: error), lines: [error.sentence])
        }
        guard mustExist else { return nil }
        throw ConfigurationFault(lines: ["cannot read \(file): there is no such file"])
    }

    /// What the `.json5` files of a directory are called, in order; none where there is no directory.
    static func names(in directory: String) throws(ConfigurationFault) -> [String] {
        guard let stream = opendir(directory) else {
            if errno == ENOENT || errno == ENOTDIR { return [] }
            let reason = String(cString: strerror(errno))
            throw ConfigurationFault(status: .ioError, lines: ["cannot read \(directory): \(reason)"])
        }
        defer { closedir(stream) }
        var names: [String] = []
        while names.count < mostContexts, let entry = readdir(stream) {
            let file = withUnsafeBytes(of: entry.pointee.d_name) { raw in
                String(decoding: raw.prefix { $0 != 0 }, as: UTF8.self)
            }
            guard file.hasSuffix(".json5"), !file.hasPrefix(".") else { continue }
            names.append(String(file.dropLast(".json5".count)))
        }
        return names.sorted()
    }
}

/// Why the configuration cannot be used.
struct ConfigurationFault: Error, Hashable {
    var status = CommandStatus.configuration
    /// A problem each, `FILE:LINE:COLUMN: KEY: REASON`.
    var lines: [String]

    /// The first, and how many there are.
    var sentence: String {
        let more = lines.count - 1
        let rest = more < 1 ? "" : " (and \(more) more: looptop config check lists them)"
        return (lines.first ?? "the configuration cannot be used") + rest
    }
}

extension JSON5Problems {
    fileprivate func check(file: String) throws(ConfigurationFault) {
        guard !all.isEmpty else { return }
        throw ConfigurationFault(lines: all.map { $0.sentence(file: file) })
    }
}
