import Model
import Wire

/// What an agent said it keeps of a tier, and when it said so.
struct PieceList: Sendable {
    /// By time; without those that cannot be had.
    var pieces: [PastPiece]
    var at: MonotonicInstant
}

/// What a host's agent kept of the time when nobody looked: which pieces there are is asked first, then each that is missing,
/// part by part. A piece that grows is asked for from where it ended.
extension HostRecording {
    /// How long a list of pieces counts where what is wanted may be newer.
    static let listLife = Duration.seconds(5)

    /// What to ask so that `times` is known of a tier; `nil` when all is here that can be had.
    func question(_ tier: PastTier, for times: ClosedRange<MonotonicInstant>, now: MonotonicInstant) -> Query.Body? {
        guard let boot = info?.boot, instant(MonotonicInstant(nanoseconds: 0), of: boot) != nil else { return nil }
        guard let list = lists[tier] else { return .pastPieces(tier) }
        for piece in list.pieces where overlaps(piece, times, boot) {
            let known = pieces[.init(tier)]?.first { $0.boot == boot && $0.isSame(as: piece) }?.bytes.count ?? 0
            if known < Int(piece.byteCount) { return .past(piece: piece.number, offset: UInt32(clamping: known)) }
        }
        let newest = list.pieces.last.flatMap { instant($0.last, of: boot) }
        let isBehind = newest.map { $0 < times.upperBound } ?? true
        return isBehind && now - list.at >= Self.listLife && list.at < times.upperBound ? .pastPieces(tier) : nil
    }

    /// Whether what its agent keeps of a tier reaches back to an instant; `nil` before it was asked.
    func keeps(_ tier: PastTier, at wanted: MonotonicInstant) -> Bool? {
        guard let list = lists[tier], let boot = info?.boot else { return nil }
        return list.pieces.first.flatMap { instant($0.first, of: boot) }.map { $0 <= wanted } ?? false
    }

    private func overlaps(_ piece: PastPiece, _ times: ClosedRange<MonotonicInstant>, _ boot: BootID) -> Bool {
        guard let first = instant(piece.first, of: boot), let last = instant(piece.last, of: boot) else { return false }
        return first <= times.upperBound && last >= times.lowerBound
    }

    /// - Parameter wanted: what is looked at: that is kept in any case.
    mutating func take(
        _ answer: Answer.Body, to question: Query.Body, now: MonotonicInstant,
        wanted: ClosedRange<MonotonicInstant>? = nil
    ) {
        switch (question, answer) {
        case (.pastPieces(let tier), .pastPieces(let told, let pieces)) where tier == told:
            let usable = pieces.filter { $0.first <= $0.last && $0.byteCount <= Backfill.longestPiece }
            lists[tier] = PieceList(pieces: usable.sorted { $0.first < $1.first }, at: now)
        case (.pastPieces(let tier), _): lists[tier] = PieceList(pieces: [], at: now)
        case (.past(let number, let offset), .past(let part)) where part.piece == number && part.offset == offset:
            take(part, now: now, wanted: wanted)
        case (.past(let number, _), _): forget(number)
        case (.events, .events(let events)):
            guard let boot = info?.boot else { return }
            for event in events { add(event, at: min(instant(event.monotonic, of: boot) ?? now, now)) }
        case (.lives, .lives(let lives, let experience)): keep(lives, experience, of: question)
        default: break
        }
    }

    /// It cannot be had: not asked for again before the next list.
    mutating func forget(_ number: UInt64) {
        for tier in lists.keys { lists[tier]?.pieces.removeAll { $0.number == number } }
    }

    private mutating func take(_ part: PastPart, now: MonotonicInstant, wanted: ClosedRange<MonotonicInstant>?) {
        guard let boot = info?.boot,
            let (tier, known) = lists.lazy.compactMap({ tier, list in
                list.pieces.first { $0.number == part.piece }.map { (tier, $0) }
            }).first
        else { return }
        let isWanted = wanted.map { overlaps(known, $0, boot) } ?? false
        guard isWanted || allows(part.bytes.count, now: now) else { return }  // it is asked for again when it is
        let source = RecordedPiece.Source(tier)
        if pieces[source]?.contains(where: { $0.boot == boot && $0.isSame(as: known) }) != true {
            begin(
                source, number: known.number, boot: boot, detail: tier == .host ? .groups : .workers,
                first: known.first, last: known.last)
        }
        guard let place = pieces[source]?.firstIndex(where: { $0.boot == boot && $0.isSame(as: known) }),
            let piece = pieces[source]?[place]
        else { return }
        guard piece.bytes.count == Int(part.offset), !part.bytes.isEmpty,
            piece.bytes.count + part.bytes.count <= Backfill.longestPiece
        else {
            // What was asked for from elsewhere was not for us; what was for us and leads nowhere is not asked for again.
            if piece.bytes.count == Int(part.offset) { forget(part.piece) }
            return
        }
        extend(source, at: place, by: part.bytes, until: max(piece.last, known.last))
        if source != .workers {
            noteLevels(source, at: place, before: source == .coarse ? begin(of: .host) : begin(of: .live))
        }
    }

    /// Where the host's own state changed in what came by now: before an instant, from which on something else tells it.
    mutating func noteLevels(_ source: RecordedPiece.Source, at place: Int, before end: MonotonicInstant?) {
        guard var piece = pieces[source]?[place] else { return }
        while let snapshot = piece.nextScanned() {
            guard let at = instant(snapshot.monotonic, of: piece.boot), end.map({ at < $0 }) ?? true else { continue }
            if let before = piece.level, before != snapshot.worstLevel { mark(at) }
            piece.level = snapshot.worstLevel
        }
        note(piece, of: source, at: place)
    }
}

extension RecordedPiece {
    /// A number alone is not enough: another run of the agent begins anew.
    fileprivate func isSame(as piece: PastPiece) -> Bool { number == piece.number && first == piece.first }

    /// The next snapshot that was not looked at yet; a piece that cannot be read has none.
    fileprivate mutating func nextScanned() -> Snapshot? {
        guard var reader = scan else { return nil }
        do throws(WireError) {
            let snapshot = try reader.next(in: bytes)
            scan = reader
            return snapshot
        } catch {
            scan = nil
            return nil
        }
    }
}
