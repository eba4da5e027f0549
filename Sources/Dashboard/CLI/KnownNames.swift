import Trust

/// Names that are known here, for whoever presses Tab: read again each time, and nothing where they cannot be read.
enum KnownNames {
    @Sendable static func hosts(_ words: [String], _ word: Int, _ prefix: String) -> [String] {
        let names = known.flatMap { $0.hosts.compactMap(\.name) } + book
        return Set(names).filter { $0.hasPrefix(prefix) }.sorted()
    }

    @Sendable static func contexts(_ words: [String], _ word: Int, _ prefix: String) -> [String] {
        known.map(\.name).filter { $0.hasPrefix(prefix) }.sorted()
    }

    private static var known: [HostContext] {
        // Tab is no place for what is wrong with a file.
        (try? ConfigurationFiles(option: nil, environment: Places.environment).load())?.contexts ?? []
    }

    private static var book: [String] {
        guard let path = Places.stateDirectory(option: nil, environment: Places.environment) else { return [] }
        return (try? IdentityStore(directory: path).loadHosts())?.entries.map(\.name) ?? []  // as above
    }
}
