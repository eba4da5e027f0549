import Model
import Wire

extension RecordedPiece.Source {
    fileprivate init(_ stored: RecordedStretch.Source) {
        switch stored {
        case .live: self = .live
        case .host: self = .host
        case .workers: self = .workers
        case .coarse: self = .coarse
        }
    }

    fileprivate var stored: RecordedStretch.Source {
        switch self {
        case .live: .live
        case .host: .host
        case .workers: .workers
        case .coarse: .coarse
        }
    }
}

/// Out of a file.
extension HostRecording {
    mutating func add(_ stretch: RecordedStretch) {
        guard stretch.first <= stretch.last else { return }
        set(clockOffset: stretch.clockOffset, of: stretch.boot)
        clockOffset = .nanoseconds(stretch.calendarOffset)
        let source = RecordedPiece.Source(stretch.source)
        var reader = PieceReader()
        // What is in it says its first snapshot; one that cannot be read is a hole.
        guard let first = try? reader.next(in: stretch.messages) else { return }
        let place = begin(
            source, number: 0, boot: stretch.boot, detail: RecordedPiece.Detail(of: first), first: stretch.first,
            last: stretch.last)
        extend(source, at: place, by: stretch.messages, until: stretch.last)
        noteLevels(source, at: place, before: nil)
    }

    mutating func add(_ news: RecordedNews, at instant: MonotonicInstant) {
        switch news {
        case .connected(let info, let role): take(.connected(info, role: role), sampledAt: nil, now: instant)
        case .lost(let reason): take(.lost(.unreachable(reason: reason), retryAt: nil), sampledAt: nil, now: instant)
        case .event(let event): add(event, at: instant)
        }
    }
}

/// Into a file.
extension HostRecording {
    func head(_ number: Int) -> RecordingChunk {
        .host(
            RecordedHost(
                number: UInt32(clamping: number), label: place.label, address: place.address,
                isNamed: place.isNamed))
    }

    /// All that is kept of a time; a piece that begins or ends outside of it is cut.
    func chunks(_ number: Int, within times: ClosedRange<MonotonicInstant>) -> [RecordingChunk] {
        let news = news.compactMap { item -> News? in
            if times.contains(item.at) { return item }
            // Who asks today about yesterday connected today: whose host it is belongs to it all the same.
            return item.isConnected ? News(at: times.lowerBound, event: item.event) : nil
        }
        let stretches = RecordedPiece.Source.allCases.flatMap { source in
            (pieces[source] ?? []).compactMap { piece in
                cut(piece, to: times).flatMap { stretch($0, of: source, number) }
            }
        }
        return news.compactMap { $0.chunk(number) } + stretches.map { .stretch($0) }
    }

    /// Gives away what is whole, or all of it.
    mutating func drain(_ number: Int, all: Bool) -> [RecordingChunk] {
        var chunks = takeNews().compactMap { $0.chunk(number) }
        while let piece = pieces[.live]?.first, all || pieces[.live]?.count ?? 0 > 1 {
            if let stretch = stretch(piece, of: .live, number) { chunks.append(.stretch(stretch)) }
            drop(.live, at: 0, forgetting: false)
        }
        return chunks
    }

    private func stretch(_ piece: RecordedPiece, of source: RecordedPiece.Source, _ number: Int) -> RecordedStretch? {
        guard let offset = offsets[piece.boot] else { return nil }
        return RecordedStretch(
            host: UInt32(clamping: number), source: source.stored, boot: piece.boot, clockOffset: offset,
            calendarOffset: clockOffset?.nanoseconds ?? 0, first: piece.first, last: piece.last,
            messages: piece.bytes)
    }

    /// `nil` where nothing of it is within.
    private func cut(_ piece: RecordedPiece, to times: ClosedRange<MonotonicInstant>) -> RecordedPiece? {
        guard let span = span(of: piece), span.overlaps(times) else { return nil }
        if times.contains(span.lowerBound), times.contains(span.upperBound) { return piece }
        var (cut, reader, base) = (piece, PieceReader(), Snapshot?.none)
        cut.bytes = []
        // What cannot be read is left out.
        while let snapshot = try? reader.next(in: piece.bytes) {
            guard let at = instant(snapshot.monotonic, of: piece.boot), times.contains(at) else { continue }
            if base == nil { cut.first = snapshot.monotonic }
            cut.last = snapshot.monotonic
            let message = base.map { Message.delta(Delta(subscription: 0, from: $0, to: snapshot)) }
            cut.bytes += (message ?? .keyframe(subscription: 0, snapshot)).encoded()
            base = snapshot
        }
        return base == nil ? nil : cut
    }
}

extension HostRecording.News {
    fileprivate var isConnected: Bool { if case .connected = event { true } else { false } }

    fileprivate func chunk(_ number: Int) -> RecordingChunk? {
        let host = UInt32(clamping: number)
        return switch event {
        case .connected(let info, let role): .news(host: host, at: at, .connected(info, role))
        case .lost(let failure, _): .news(host: host, at: at, .lost(failureText(failure)))
        case .event(let event): .news(host: host, at: at, .event(event))
        default: nil
        }
    }
}

/// A recording read from the bytes of a file, and what was wrong with them.
struct StoredRecording: Sendable {
    let recording: Recording
    let span: ClosedRange<MonotonicInstant>
    /// In words; empty where all of it is whole.
    let damages: [String]

    enum Refusal: Error, Equatable {
        case file(RecordingReader.Refusal)
        /// There is no snapshot in it.
        case empty
    }

    init(_ bytes: [UInt8]) throws(Refusal) {
        var reader: RecordingReader
        do throws(RecordingReader.Refusal) { reader = try RecordingReader(bytes.span) } catch { throw .file(error) }
        var hosts: [HostRecording] = []
        var strangers = 0
        while let chunk = reader.next(in: bytes.span) {
            switch chunk {
            case .host(let host):
                let place = HostPlace(label: host.label, address: host.address, isNamed: host.isNamed)
                // Numbers have no gaps; where one is damaged those behind it cannot be told from each other.
                if Int(host.number) == hosts.count { hosts.append(HostRecording(place: place)) } else { strangers += 1 }
            case .news(let number, let at, let news):
                if Int(number) < hosts.count { hosts[Int(number)].add(news, at: at) } else { strangers += 1 }
            case .stretch(let stretch):
                if Int(stretch.host) < hosts.count { hosts[Int(stretch.host)].add(stretch) } else { strangers += 1 }
            case .end: break
            }
        }
        recording = Recording(hosts: hosts)
        var damages: [String] = []
        if reader.lostBytes > 0 { damages.append("\(reader.lostBytes) bytes of it are damaged and left out") }
        if strangers > 0 { damages.append("\(strangers) parts are of hosts that are not in it") }
        if reader.skipped > 0 { damages.append("\(reader.skipped) parts are of a kind that a later version wrote") }
        if !reader.isComplete { damages.append("it was cut off: its end is missing") }
        self.damages = damages
        guard let span = recording.span else { throw .empty }
        self.span = span
    }
}

extension StoredRecording {
    /// Hosts connect one after the other, and rates need two samples: a screen of the very beginning would know next to nothing.
    static let openingTime = Duration.seconds(30)

    /// When all hosts are known that are at all known soon after the beginning.
    var opening: MonotonicInstant {
        let begins = recording.hosts.compactMap { host in
            RecordedPiece.Source.allCases.compactMap { host.begin(of: $0) }.min()
        }
        let known = begins.filter { $0 - span.lowerBound <= Self.openingTime }.max() ?? span.lowerBound
        return min(known + .milliseconds(1500), span.upperBound)
    }
}
