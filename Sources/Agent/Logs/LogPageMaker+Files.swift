import Model
import Wire

/// Files on a page.
extension LogPageMaker {
    /// Of a file that was not there before, all is new up to this size.
    private static let newFileSize: UInt64 = 256 << 10

    /// Files that the reader was told of, and that nobody of the order writes to any more: rotated away, or of a worker
    /// that ended. Only such as were read for this very app: the cursor is not to be trusted.
    mutating func filesMovedAway(from found: [LogSurvey.Found]) -> [(source: Int, log: OpenLog)] {
        guard let before else { return [] }
        let current = Set(found.compactMap { if case .file(let log) = $0.place { log.identity } else { nil } })
        var old: [(source: Int, log: OpenLog)] = []
        for identity in before.files.keys.sorted() where !current.contains(identity) {
            guard let kept = setting.shelf.find(identity) else { continue }
            let places = kept.places.filter { place in
                place.groupKey == request.groupKey && (request.slot == nil || place.slot == request.slot)
                    && (request.stream == .both || place.stream == request.stream)
            }
            guard !places.isEmpty else { continue }
            let index = found.firstIndex { entry in
                guard case .file = entry.place else { return false }
                return places.contains { entry.slots.contains($0.slot) && entry.streams.contains($0.stream) }
            }
            if let index {
                old.append((index, kept.log))
            } else if sources.count < Self.maximumSources {
                sources.append(
                    LogPage.Source(
                        text: "\(kept.log.words) (nobody writes there now)", stream: request.stream,
                        slots: Set(places.map(\.slot)).sorted(), isReadable: true))
                old.append((sources.count - 1, kept.log))
            }
        }
        return old
    }

    /// - Parameter isSuccessor: the file that was read in its place was moved away.
    mutating func read(_ log: OpenLog, _ source: Int, isSuccessor: Bool) {
        guard let status = log.status else { return remark("it cannot be read any more", of: source) }
        let stream = sources[source].stream
        let streams = stream == .both ? [.output, .errors] : [stream]
        let places = sources[source].slots.flatMap { slot in
            streams.map { LogShelf.Place(groupKey: request.groupKey, slot: slot, stream: $0) }
        }
        setting.shelf.keep(log, for: Set(places), now: setting.now.monotonic)
        let start: LogCursor.Place
        if let place = before?.files[log.identity] {
            start = goOn(log, at: place, size: status.size, source)
        } else if before != nil, isSuccessor || status.size <= Self.newFileSize {
            remark(isSuccessor ? "a new file took the place of the one before" : "a new file", of: source)
            start = fromItsBegin(log, status, source)
        } else {
            start = newest(log, size: status.size, source)
        }
        take(log, from: start, status, source)
    }

    /// What is left of a file that nobody writes to any more. It is told of as long as it is held.
    mutating func drain(_ log: OpenLog, _ source: Int) {
        guard let status = log.status, let place = before?.files[log.identity] else { return }
        if status.size > place.offset { setting.shelf.keep(log, for: [], now: setting.now.monotonic) }
        take(log, from: goOn(log, at: place, size: status.size, source), status, source)
    }

    private mutating func take(_ log: OpenLog, from start: LogCursor.Place, _ status: OpenLog.Status, _ source: Int) {
        guard room >= Self.largestLine else {
            // On a later page it comes before others.
            after.files[log.identity] = start
            hasMore = hasMore || start.offset < status.size
            return
        }
        let text = LogReach(log: log, filter: filter, zone: zone, limit: reach, deadline: setting.deadline)
        var maker = LogLineMaker(filter: filter)
        let age = setting.now.wall.nanoseconds.subtractingReportingOverflow(status.changed.nanoseconds).partialValue
        let result = text.read(
            from: start, size: status.size, lines: count, bytes: min(share, room), isSettled: age > 1_000_000_000,
            maker: &maker)
        for line in result.lines {
            add(
                LogLine(
                    source: UInt32(source), time: line.time, timeIsInText: line.time != nil, text: line.text,
                    cutBytes: line.cutBytes))
        }
        after.files[log.identity] = LogCursor.Place(
            offset: result.offset, check: log.check(before: result.offset), isInsideLine: result.isInsideLine,
            goal: start.goal)
        hasMore = hasMore || result.hasMore
    }

    private mutating func newest(_ log: OpenLog, size: UInt64, _ source: Int) -> LogCursor.Place {
        let tail = LogTail(
            log: log, filter: filter, oldest: oldest, zone: zone, reach: reach, deadline: setting.deadline)
        let start = tail.start(of: Int(request.lines), size: size)
        if start.isCut {
            remark("only the newest \(reach >> 20) MiB of \(size >> 20) were looked at", of: source)
        }
        return LogCursor.Place(offset: start.offset, check: 0, goal: size)
    }

    private mutating func fromItsBegin(_ log: OpenLog, _ status: OpenLog.Status, _ source: Int) -> LogCursor.Place {
        skipBacklog(log, LogCursor.Place(offset: log.data(from: 0), check: 0), size: status.size, source)
    }

    /// Behind what was told, unless that is not there any more.
    private mutating func goOn(
        _ log: OpenLog, at place: LogCursor.Place, size: UInt64, _ source: Int
    ) -> LogCursor.Place {
        if place.offset <= size, place.check == log.check(before: place.offset) {
            return skipBacklog(log, place, size: size, source)
        }
        remark("the file was cut off and begins anew", of: source)
        return skipBacklog(log, LogCursor.Place(offset: log.data(from: 0), check: 0), size: size, source)
    }

    /// Whoever is far behind goes on near the end, and is told what they miss.
    private mutating func skipBacklog(
        _ log: OpenLog, _ place: LogCursor.Place, size: UInt64, _ source: Int
    ) -> LogCursor.Place {
        let behind = size - min(size, max(place.offset, place.goal))
        guard behind > (filter.isEmpty ? LogReach.backlog : LogReach.filteredBacklog) else { return place }
        let target = size - UInt64(LogReach.block) * 4
        let newline = log.bytes(at: target, LogReach.block).firstIndex(of: UInt8(ascii: "\n"))
        let next = newline.map { target + UInt64($0) + 1 } ?? target
        let text = LogReach(log: log, filter: filter, zone: zone, limit: reach, deadline: setting.deadline)
        let dropped = text.lines(in: place.offset..<next).map { "\($0) lines" } ?? "\((next - place.offset) >> 20) MiB"
        remark("\(dropped) dropped: more is written than can be told", of: source)
        return LogCursor.Place(offset: next, check: 0, isInsideLine: newline == nil)
    }
}
