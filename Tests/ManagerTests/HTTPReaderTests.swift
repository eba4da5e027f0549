import TestSupport
import Testing

@testable import Agent

@Suite struct HTTPReaderTests {
    static func read(_ text: String, ends: Bool = true) -> HTTPReader { read(Array(text.utf8), ends: ends) }

    static func read(_ bytes: [UInt8], ends: Bool = true) -> HTTPReader {
        var reader = HTTPReader()
        reader.take(bytes)
        if ends { reader.end() }
        return reader
    }

    @Test func aBodyHasTheLengthThatIsSaid() {
        let reader = Self.read("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", ends: false)
        #expect(reader.state == .whole)
        #expect(reader.status == 200)
        #expect(reader.body == Array("hello".utf8))
    }

    @Test func whatComesAfterTheBodyIsIgnored() {
        let reader = Self.read("HTTP/1.1 200 OK\ncontent-length:2  \n\nhiHTTP/1.1 500 No\r\n\r\n")
        #expect(reader.state == .whole)
        #expect(reader.status == 200)
        #expect(reader.body == Array("hi".utf8))
    }

    @Test func chunksArePutTogether() {
        let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        let reader = Self.read(head + "3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\nTrailer: t\r\n\r\n", ends: false)
        #expect(reader.state == .whole)
        #expect(reader.body == Array("abc0123456789".utf8))
    }

    @Test func aBodyWithoutLengthEndsWithTheConnection() {
        let reader = Self.read("HTTP/1.0 404 Not Found\r\n\r\nno")
        #expect(reader.state == .whole)
        #expect(reader.status == 404)
        #expect(reader.body == Array("no".utf8))
    }

    @Test(arguments: [204, 304]) func someAnswersHaveNoBody(_ status: Int) {
        let reader = Self.read("HTTP/1.1 \(status) X\r\nContent-Length: 10\r\n\r\n", ends: false)
        #expect(reader.state == .whole)
    }

    @Test func anAnswerMayBeAnnounced() {
        let reader = Self.read("HTTP/1.1 100 Continue\r\nContent-Length: 9\r\n\r\nHTTP/1.1 204 Done\r\n\r\n")
        #expect(reader.state == .whole)
        #expect(reader.status == 204)
    }

    @Test func theHeadIsEnoughForTheStatus() {
        var reader = HTTPReader()
        reader.take("HTTP/1.1 302 Found\r\nContent-Length: 999999\r\n\r\n".utf8)
        #expect(reader.hasHead)
        #expect(reader.status == 302)
        #expect(!reader.isDone)
    }

    @Test(arguments: [
        "", "HTTP/1.1 200", "SSH-2.0-OpenSSH_9.2\r\n", "HTTP/2 200 OK\r\n\r\n", "HTTP/1.1 2x0 OK\r\n\r\n",
        "HTTP/1.1 +20 OK\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n", "HTTP/1.1 200 OK\r\nnonsense\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nabc\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n",
    ])
    func whatIsNoAnswerIsNotTakenForOne(_ text: String) {
        guard case .wrong = Self.read(text).state else {
            Issue.record("\(text) is taken for an answer")
            return
        }
    }

    @Test(arguments: [
        ("HTTP/1.1 200 OK\r\nnonsense\r\n\r\n", "its answer is not HTTP: a header without a colon"),
        ("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", "its answer is not HTTP: its length is no number"),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n", "its answer is coded in a way that is not understood"),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
            "its answer is not HTTP: a chunk without a size"
        ),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nabc\r\n",
            "its answer is not HTTP: a chunk is longer than it says"
        ),
    ])
    func whatIsWrongIsSaid(_ text: String, _ sentence: String) {
        #expect(Self.read(text).state == .wrong(sentence))
    }

    @Test func anEndlessAnswerIsCut() {
        var reader = Self.read("HTTP/1.1 200 OK\r\n\r\n", ends: false)
        var sent = 0
        while !reader.isDone, sent < 10_000_000 {
            reader.take([UInt8](repeating: 65, count: 1000))
            sent += 1000
        }
        #expect(sent <= HTTPReader.maximumBytes + 1000)
        #expect(reader.body.count <= HTTPReader.maximumBytes)
        var line = Self.read("HTTP/1.1 200 OK\r\nX: ", ends: false)
        line.take([UInt8](repeating: 65, count: HTTPReader.maximumLine + 10))
        #expect(line.state == .wrong("a line of its answer is too long"))
    }

    /// Whatever comes, it ends, keeps within its bounds, and means the same in whichever pieces it comes.
    @Test(arguments: 1...40) func noiseDoesNoHarm(_ seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let good = [
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nServer: x\r\n\r\nhello",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\na\r\n0123456789\r\n0\r\n\r\n",
            "HTTP/1.0 500 Oh\r\n\r\nbody",
        ].map { Array($0.utf8) }
        for round in 0..<100 {
            let bytes =
                round % 4 == 0
                ? random.noise(Int.random(in: 0...400, using: &random)) : random.mutant(of: good[round % good.count])
            let whole = Self.read(bytes)
            var inPieces = HTTPReader()
            for piece in random.pieces(of: bytes) { inPieces.take(piece) }
            inPieces.end()
            #expect(whole.isDone)
            #expect(whole.body.count <= bytes.count)
            #expect(inPieces.state == whole.state && inPieces.body == whole.body, "seed \(seed), round \(round)")
        }
    }
}
