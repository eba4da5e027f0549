internal import Model

/// A process alone that listens and has an event loop.
enum Single {
    static func groups(_ claims: Claims) -> [Candidate] {
        claims.free
            .filter { $0.waitsInEpoll && !$0.listeningPorts.isEmpty && $0.pid != 1 && !Launchers.includes($0) }
            .map { Candidate(kind: .single, app: AppName.of($0), master: nil, workers: [$0]) }
    }
}
