import Control
import Model
import Wire

/// The journal on a page.
extension LogPageMaker {
    /// Entries that are looked at where only some are wanted.
    private static let filteredEntries = 5000

    /// Whose entries, and whose slot each process has.
    private var match: (JournalCall.Match, slots: [Int32: UInt32]) {
        var slots: [Int32: UInt32] = [:]
        for ended in order.ended { slots[ended.worker.pid] = ended.slot }
        for worker in order.workers { slots[worker.id.pid] = worker.slot }
        let link = request.slot == nil ? order.group.link : order.workers.first?.link
        if let link, link.manager.kind == .systemd, SystemctlCall.isUnit(link.manager.name) {
            return (.unit(link.manager.name, user: link.address.flatMap { UInt32($0) }), slots)
        }
        var pids = slots.keys.sorted()
        if request.slot == nil, let master = order.group.info.master?.pid { pids.append(master) }
        return (.processes(pids), slots)
    }

    mutating func readJournal(_ source: Int) {
        let (match, slots) = match
        let known = before?.journal ?? ""
        let from: JournalCall.From = known.isEmpty ? .newest(since: before?.time ?? oldest) : .after(cursor: known)
        // Of a first page the newest lines are wanted, of any other the next ones.
        let isFirst = before == nil
        let wanted = isFirst ? Int(request.lines) : count
        let asked = filter.isEmpty ? wanted : Self.filteredEntries
        after.journal = known
        let entries: [JournalEntries.Entry]
        do throws(CallTrouble) {
            let call = try JournalCall(match, from, entries: asked, boot: setting.boot, places: setting.journal)
            entries = try call.perform(by: .after(min(setting.deadline.left, JournalCall.limit)))
        } catch {
            let why = if case .failed(let sentence) = error { sentence } else { "it did not answer in time" }
            return giveUp(source, "the journal: \(why)")
        }
        if entries.isEmpty, known.isEmpty, request.lines > 0, oldest == nil, !order.isKeptBySystemd {
            return giveUp(source, "a socket, and the journal has nothing of it")
        }
        var made = lines(of: entries, source, slots)
        if isFirst { made = newest(wanted, of: made) }
        if !isFirst, known.isEmpty, entries.count == asked {
            remark("lines dropped: more is written than can be told", of: source)
        }
        var left = min(share, room)
        var told = 0
        for (index, entry) in entries.enumerated() {
            let size = made[index].reduce(0) { $0 + $1.text.utf8.count + LogReach.lineOverhead }
            if told > 0, size > left || told + made[index].count > wanted {
                hasMore = true
                return
            }
            let isLarge = size > left
            for line in made[index] where !isLarge || line.text.utf8.count + LogReach.lineOverhead <= left {
                add(line)
                left -= line.text.utf8.count + LogReach.lineOverhead
            }
            if isLarge { remark("lines of one entry dropped: it is longer than can be told", of: source) }
            told += made[index].count
            after.journal = entry.cursor
        }
        hasMore = hasMore || !known.isEmpty && entries.count == asked
    }

    private mutating func giveUp(_ source: Int, _ why: String) {
        sources[source].isReadable = false
        sources[source].text = "\(sources[source].stream.phrase): \(why)"
    }

    /// Of each entry those that are wanted.
    private func lines(of entries: [JournalEntries.Entry], _ source: Int, _ slots: [Int32: UInt32]) -> [[LogLine]] {
        var maker = LogLineMaker(filter: filter)
        return entries.map { entry in
            let parts = entry.message.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            return parts.compactMap { part in
                let start = part.prefix(LogLineMaker.lookedAt)
                guard let (text, cut) = maker.line(start, length: UInt64(part.count)) else { return nil }
                return LogLine(
                    source: UInt32(source), slot: entry.pid.flatMap { slots[$0] }, time: entry.time, text: text,
                    cutBytes: cut)
            }
        }
    }

    /// Only the last `count` lines; entries before them stay, without lines.
    private func newest(_ count: Int, of made: [[LogLine]]) -> [[LogLine]] {
        var left = count
        return Array(
            made.reversed().map { lines in
                defer { left -= min(left, lines.count) }
                return Array(lines.suffix(left))
            }.reversed())
    }
}
