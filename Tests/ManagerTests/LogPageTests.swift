import Control
import Glibc
import Model
import Testing
import Wire

@testable import Agent

/// What a reader of real workers' logs gets, page after page.
@Suite struct LogPageTests {
    @Test func theNewestLinesThenWhatComes() async throws {
        let worker = try await LogWorker()
        for number in 1...3 { try await worker.write("web line \(number)") }
        let live = [try worker.live()]
        let reading = LogReading(LogRequest(groupKey: "web", lines: 2))
        #expect(reading.next(live) == ["web line 2", "web line 3"])
        #expect(reading.sources == ["stdout and stderr: \(worker.path)"])
        #expect(reading.page.sources[0].slots == [1] && reading.page.sources[0].isReadable && !reading.page.hasMore)
        #expect(reading.next(live) == [])
        try await worker.write("web line 4")
        #expect(reading.next(live) == ["web line 4"])
        #expect(reading.next(live) == [])
    }

    @Test func onlyNewLines() async throws {
        let worker = try await LogWorker()
        let live = [try worker.live()]
        let reading = LogReading(LogRequest(groupKey: "web", lines: 0))
        #expect(reading.next(live) == [])
        try await worker.write("web line 1")
        #expect(reading.next(live) == ["web line 1"])
    }

    /// Nothing is lost of a file that is moved away while it is written to.
    @Test func rotatedByRename() async throws {
        let worker = try await LogWorker()
        let live = [try worker.live()]
        let reading = LogReading(LogRequest(groupKey: "web"))
        #expect(reading.next(live) == ["web opened"])
        rename(worker.path, worker.path + ".1")
        worker.process.send(SIGUSR1)
        try await until("the old file has the line") {
            contents(of: worker.path + ".1")?.hasSuffix("line 1\n") ?? false
        }
        worker.process.send(SIGHUP)
        try await worker.holds("web opened\n")
        try await worker.write("web line 2")
        #expect(
            reading.next(live)
                == ["web line 1", "[a new file took the place of the one before]", "web opened", "web line 2"])
        #expect(reading.sources == ["stdout and stderr: \(worker.path)"])
        try await worker.write("web line 3")
        #expect(reading.next(live) == ["web line 3"])
        #expect(reading.shelf.count == 2)
        #expect(!reading.shelf.prune(now: Clocks.monotonic() + .seconds(60)) && reading.shelf.count == 0)
    }

    @Test func rotatedByCopyAndTruncate() async throws {
        let worker = try await LogWorker()
        let live = [try worker.live()]
        let reading = LogReading(LogRequest(groupKey: "web"))
        try await worker.write("web line 1")
        reading.next(live)
        truncate(worker.path, 0)
        try await worker.write("web line 2")
        #expect(reading.next(live) == ["[the file was cut off and begins anew]", "web line 2"])
        // It may be as long as before by the time it is looked at.
        truncate(worker.path, 0)
        for number in 3...5 { try await worker.write("web line \(number)") }
        #expect(
            reading.next(live)
                == ["[the file was cut off and begins anew]", "web line 3", "web line 4", "web line 5"])
    }

    /// A writer that does not append goes on at its old place: before it there is a hole.
    @Test func truncatedUnderAWriterThatDoesNotAppend() async throws {
        let folder = Folder()
        let path = folder.path + "/hole.log"
        let script = """
            import os, signal, time
            os.dup2(os.open('\(path)', os.O_WRONLY | os.O_CREAT, 0o600), 1)
            os.write(1, b'x' * 59999 + b'\\n')
            signal.signal(signal.SIGUSR1, lambda *_: os.write(1, b'behind the hole\\n'))
            while True: time.sleep(1000)
            """
        let process = try Started(["/usr/bin/python3", try folder.write("hole.py", script)])
        try await until("it wrote") { contents(of: path)?.hasSuffix("\n") ?? false }
        let live = [try LogWorker.live(process.pid)]
        let reading = LogReading(LogRequest(groupKey: "web", stream: .output))
        #expect(reading.next(live).map { $0.prefix(3) } == ["xxx"])
        truncate(path, 0)
        process.send(SIGUSR1)
        try await until("it wrote again") {
            var status = stat()
            return stat(path, &status) == 0 && status.st_size > 0
        }
        #expect(reading.next(live) == ["[the file was cut off and begins anew]", "behind the hole"])
    }

    @Test func workersOfOneFileAreReadOnce() async throws {
        let folder = Folder()
        let one = try await LogWorker("one", in: folder)
        let two = try await LogWorker("two", in: folder)
        let other = try await LogWorker("other", in: folder, log: "other.log")
        let live = [try one.live(slot: 1), try two.live(slot: 2), try other.live(slot: 3)]
        let reading = LogReading(LogRequest(groupKey: "web"))
        #expect(Set(reading.next(live)) == ["one opened", "two opened", "other opened"])
        #expect(reading.page.sources.map(\.slots) == [[1, 2], [3]])
        #expect(reading.page.lines.map(\.source) == [0, 0, 1])
        let third = LogReading(LogRequest(groupKey: "web", slot: 3))
        #expect(third.next(live) == ["other opened"])
        #expect(third.sources == ["stdout and stderr: \(other.path)"])
        // Nobody can tell who of two wrote a line.
        let first = LogReading(LogRequest(groupKey: "web", slot: 1))
        #expect(Set(first.next(live)) == ["one opened", "two opened"])
        #expect(first.sources == ["stdout and stderr: \(one.path) (2 workers write there)"])
        #expect(first.page.sources.map(\.slots) == [[1, 2]])
    }

    /// A worker that took the slot of another goes on in its file, and the last words of the one that ended are told.
    @Test func aReplacementGoesOn() async throws {
        let folder = Folder()
        let old = try await LogWorker("old", in: folder, log: "old.log")
        let reading = LogReading(LogRequest(groupKey: "web", slot: 1))
        #expect(reading.next([try old.live()]) == ["old opened"])
        try await old.write("old line 1")
        old.process.end()
        #expect(reading.next([]) == ["old line 1"])
        #expect(reading.sources == ["\(old.path) (nobody writes there now)"])
        let new = try await LogWorker("new", in: folder, log: "new.log")
        #expect(reading.next([try new.live()]) == ["[a new file took the place of the one before]", "new opened"])
        #expect(reading.sources == ["stdout and stderr: \(new.path)"])
    }

    /// What was read for one app is not given to who asks for another, whatever cursor they made up.
    @Test func aCursorOpensNoFile() async throws {
        let worker = try await LogWorker()
        let reading = LogReading(LogRequest(groupKey: "web"))
        reading.next([try worker.live()])
        var forged = try #require(LogCursor(reading.request.cursor))
        forged.files = forged.files.mapValues { _ in LogCursor.Place(offset: 0, check: 0x811C_9DC5) }
        reading.request.groupKey = "other"
        reading.request.cursor = forged.bytes
        #expect(reading.next([]) == [] && reading.sources == [])
        reading.request.groupKey = "web"
        reading.request.slot = 2
        reading.request.cursor = forged.bytes
        #expect(reading.next([]) == [] && reading.sources == [])
        reading.request.slot = nil
        reading.request.cursor = forged.bytes
        #expect(reading.next([]) == ["web opened"], "of its own")
    }

    @Test func whoeverIsFarBehindIsToldWhatTheyMiss() async throws {
        let worker = try await LogWorker()
        let live = [try worker.live()]
        let reading = LogReading(LogRequest(groupKey: "web"))
        reading.next(live)
        let line = String(repeating: "x", count: 1023) + "\n"
        guard let file = fopen(worker.path, "ae") else { return }
        for _ in 0..<4096 { fputs(line, file) }
        fclose(file)
        let lines = reading.next(live)
        #expect(lines.first == "[3841 lines dropped: more is written than can be told]")
        #expect(reading.page.hasMore && lines.count > 10 && lines.count < 100)
        var total = lines.count - 1
        var pages = 0
        while reading.page.hasMore, pages < 50 {
            pages += 1
            total += reading.next(live).count
        }
        #expect(total == 4096 - 3841)
    }

    @Test func manyLinesComeInSeveralPages() async throws {
        let worker = try await LogWorker()
        guard let file = fopen(worker.path, "ae") else { return }
        let text = String(repeating: " of many", count: 60)
        for number in 1...12_000 { fputs("number \(number)\(text)\n", file) }
        fclose(file)
        let live = [try worker.live()]
        let reading = LogReading(LogRequest(groupKey: "web", lines: 10_000))
        var lines = reading.next(live)
        #expect(Message.answer(Answer(id: 1, body: .log(reading.page))).encoded().count <= Limits.eventBytes)
        while reading.page.hasMore, lines.count < 20_000 { lines += reading.next(live) }
        #expect(lines.count == 10_000, "none is dropped, though they are more than a reader may be behind")
        #expect(lines.first == "number 2001\(text)" && lines.last == "number 12000\(text)")
    }

    @Test func whatCannotBeReadSaysWhy() async throws {
        let process = try Started(["/bin/sleep", "1000"])
        let reading = LogReading(LogRequest(groupKey: "web"))
        #expect(reading.next([try LogWorker.live(process.pid)]) == [])
        #expect(reading.sources == ["stdout and stderr: /dev/null, which keeps nothing"])
        #expect(reading.page.sources.allSatisfy { !$0.isReadable })
    }

    /// As gunicorn and nginx do it: streams to nowhere, and a log of its own.
    @Test func aLogThatItHasOpenStandsIn() async throws {
        let folder = Folder()
        let path = folder.path + "/error.log"
        let data = folder.path + "/appendonly.aof"
        let script = """
            import os, time
            file = os.open('\(path)', os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            os.write(os.open('\(data)', os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), b'data')
            os.write(file, b'[error] here\\n')
            while True: time.sleep(1000)
            """
        let process = try Started(["/usr/bin/python3", try folder.write("own.py", script)])
        try await until("it wrote") { contents(of: path)?.hasSuffix("\n") ?? false }
        let reading = LogReading(LogRequest(groupKey: "web"))
        #expect(reading.next([try LogWorker.live(process.pid)]) == ["[error] here"])
        #expect(
            reading.sources
                == [
                    "stdout and stderr: \(path) (which it has open)",
                    "stdout and stderr: /dev/null, which keeps nothing",
                ])
    }
}
