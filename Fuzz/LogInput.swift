import Glibc
import Model
import ProcFS
import Wire

/// A log as some worker may have written it. The first byte says how it is read: how many lines are wanted, whether by a
/// filter and not older than some day, and whether the log lies across the blocks in which it is read.
func workerLog(_ input: [UInt8]) {
    guard input.count >= 2 else { return }
    let (control, text) = (input[0], input.dropFirst(2))
    let filler = control & 0x80 == 0 ? 0 : LogTail.block - Int(input[1])
    let content = [UInt8](repeating: UInt8(ascii: "x"), count: filler) + text
    guard let log = file(of: content) else { preconditionFailure("there is no room for a log") }
    let wanted = Int(control & 0x0F)
    let filter = LogFilter(control & 0x10 == 0 ? "" : "e")
    let oldest = control & 0x20 == 0 ? nil : WallTime(nanoseconds: 1_700_000_000_000_000_000)
    let deadline = Deadline.after(.seconds(60))
    let tail = LogTail(
        log: log, filter: filter, oldest: oldest, zone: 3600, reach: control & 0x40 == 0 ? 64 << 20 : 512,
        deadline: deadline)
    let size = UInt64(content.count)
    let start = tail.start(of: wanted, size: size)
    precondition(start.offset <= size, "the newest lines begin behind the end")
    precondition(
        start.offset == 0 || start.offset == size || content[Int(start.offset) - 1] == UInt8(ascii: "\n"),
        "the newest lines begin inside of a line")
    if filter.isEmpty, oldest == nil, !start.isCut {
        precondition(
            lines(of: content[Int(start.offset)...]) == min(wanted, lines(of: content[...])), "lines are missing")
    }
    read(log, content, LogReach(log: log, filter: filter, zone: 0, limit: 64 << 20, deadline: deadline), start.offset)
}

/// To the end, in pages: no line is told twice or left out, none has more in it than one line, and there is an end.
private func read(_ log: OpenLog, _ content: [UInt8], _ text: LogReach, _ start: UInt64) {
    var place = LogCursor.Place(offset: start, check: 0)
    var told = 0
    var (pages, hasMore) = (0, true)
    while hasMore {
        var maker = LogLineMaker(filter: text.filter)
        let page = text.read(
            from: place, size: UInt64(content.count), lines: 3, bytes: 16 << 10, isSettled: true, maker: &maker)
        precondition(page.lines.count <= 3 + 1, "more lines than were asked for")
        precondition(page.offset >= place.offset && page.offset <= UInt64(content.count), "reading went elsewhere")
        precondition(page.offset > place.offset || !page.hasMore, "there is more, and never comes")
        for line in page.lines {
            precondition(line.text.utf8.count <= Limits.logLineBytes, "a line has no room in its message")
            precondition(!line.text.utf8.contains(UInt8(ascii: "\n")), "a line has a line end inside")
            let again = Redactor.redact(line: line.text)
            precondition(line.cutBytes > 0 || again == line.text, "a line has a secret in it")
        }
        told += page.lines.count
        place = LogCursor.Place(
            offset: page.offset, check: log.check(before: page.offset), isInsideLine: page.isInsideLine)
        hasMore = page.hasMore
        pages += 1
        precondition(pages <= content.count + 2, "there is no end")
    }
    guard text.filter.isEmpty else { return }
    precondition(told == lines(of: content[Int(start)...]), "lines are told twice or never")
}

/// The last may have no end.
private func lines(of text: ArraySlice<UInt8>) -> Int {
    text.count { $0 == UInt8(ascii: "\n") } + (text.last ?? UInt8(ascii: "\n") == UInt8(ascii: "\n") ? 0 : 1)
}

let logName = "worker.log"

private func file(of content: [UInt8]) -> OpenLog? {
    write(content, to: logName)
    let raw = open("\(place)/\(logName)", O_RDONLY | O_CLOEXEC)
    return raw >= 0 ? OpenLog(SharedFD(adopting: raw), path: logName) : nil
}
