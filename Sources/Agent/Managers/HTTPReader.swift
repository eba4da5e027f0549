/// Takes an HTTP/1 answer as it comes, a byte at a time, within bounds. RFC 9112.
///
/// - status, headers: lines until an empty one. 1xx → status again. Without a body → whole.
/// - body: as many bytes as `Content-Length` says → whole.
/// - chunkSize, chunk, chunkEnd: until a chunk of 0. trailers: lines until an empty one → whole.
/// - untilEnd: neither was said; the end of the connection is the end of the body.
/// - whole, wrong: everything later is ignored.
struct HTTPReader {
    static let maximumBytes = 64 * 1024
    static let maximumLine = 8 * 1024

    enum State: Hashable {
        case status, headers
        case body(left: Int)
        case chunkSize
        case chunk(left: Int)
        case chunkEnd, trailers, untilEnd, whole
        case wrong(String)
    }

    private(set) var state = State.status
    private(set) var status = 0
    private(set) var body: [UInt8] = []
    /// Set when the last line of the head was taken: whoever needs the status only is done.
    private(set) var hasHead = false
    private var line: [UInt8] = []
    private var taken = 0
    private var length: Int?
    private var isChunked = false

    var isDone: Bool {
        switch state {
        case .whole, .wrong: true
        default: false
        }
    }

    mutating func take(_ bytes: some Sequence<UInt8>) {
        for byte in bytes {
            if isDone { return }
            taken += 1
            guard taken <= Self.maximumBytes else {
                state = .wrong("its answer is longer than \(Self.maximumBytes / 1024) KiB")
                return
            }
            take(byte)
        }
    }

    /// The connection ended.
    mutating func end() {
        switch state {
        case .untilEnd: state = .whole
        case .whole, .wrong: break
        case .status where taken == 0: state = .wrong("it closed the connection without an answer")
        default: state = .wrong("its answer ends early")
        }
    }

    private mutating func take(_ byte: UInt8) {
        switch state {
        case .body(let left):
            body.append(byte)
            state = left > 1 ? .body(left: left - 1) : .whole
        case .chunk(let left):
            body.append(byte)
            state = left > 1 ? .chunk(left: left - 1) : .chunkEnd
        case .untilEnd: body.append(byte)
        case .status, .headers, .chunkSize, .chunkEnd, .trailers:
            guard byte == UInt8(ascii: "\n") else {
                line.append(byte)
                if line.count > Self.maximumLine { state = .wrong("a line of its answer is too long") }
                return
            }
            if line.last == UInt8(ascii: "\r") { line.removeLast() }
            take(line: line)
            line.removeAll(keepingCapacity: true)
        case .whole, .wrong: break
        }
    }

    private mutating func take(line: [UInt8]) {
        switch state {
        case .status: takeStatus(line)
        case .headers: line.isEmpty ? endHead() : takeHeader(line)
        case .chunkSize: takeChunkSize(line)
        case .chunkEnd:
            state = line.isEmpty ? .chunkSize : .wrong("its answer is not HTTP: a chunk is longer than it says")
        case .trailers: if line.isEmpty { state = .whole }
        default: break
        }
    }

    /// `HTTP/1.1 204 No Content`.
    private mutating func takeStatus(_ line: [UInt8]) {
        let words = line.split(separator: UInt8(ascii: " "), maxSplits: 2)
        guard words.count >= 2, words[0].starts(with: "HTTP/1.".utf8), words[0].count == 8, words[1].count == 3,
            let number = Self.number(words[1], radix: 10), number >= 100
        else {
            state = .wrong("its answer is not HTTP")
            return
        }
        status = number
        state = .headers
    }

    private mutating func takeHeader(_ line: [UInt8]) {
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else {
            state = .wrong("its answer is not HTTP: a header without a colon")
            return
        }
        let value = line[(colon + 1)...].drop { $0 == 0x20 || $0 == 0x09 }.reversed()
            .drop { $0 == 0x20 || $0 == 0x09 }.reversed()
        switch String(decoding: line[..<colon], as: UTF8.self).lowercased() {
        case "content-length":
            guard let number = Self.number(Array(value), radix: 10), length ?? number == number else {
                state = .wrong("its answer is not HTTP: its length is no number")
                return
            }
            length = number
        case "transfer-encoding":
            guard String(decoding: value, as: UTF8.self).lowercased() == "chunked" else {
                state = .wrong("its answer is coded in a way that is not understood")
                return
            }
            isChunked = true
        default: break
        }
    }

    private mutating func endHead() {
        if (100..<200).contains(status) {
            length = nil
            isChunked = false
            state = .status
            return
        }
        hasHead = true
        if status == 204 || status == 304 {
            state = .whole
        } else if isChunked {
            state = .chunkSize
        } else if let length {
            state = length == 0 ? .whole : .body(left: length)
        } else {
            state = .untilEnd
        }
    }

    private mutating func takeChunkSize(_ line: [UInt8]) {
        let digits = line.prefix { $0 != UInt8(ascii: ";") && $0 != 0x20 }
        guard let size = Self.number(Array(digits), radix: 16) else {
            state = .wrong("its answer is not HTTP: a chunk without a size")
            return
        }
        state = size == 0 ? .trailers : .chunk(left: size)
    }

    /// Digits only, far below what overflows.
    private static func number(_ digits: some Collection<UInt8>, radix: Int) -> Int? {
        guard (1...9).contains(digits.count), digits.allSatisfy({ $0 != UInt8(ascii: "-") && $0 != UInt8(ascii: "+") })
        else { return nil }
        return Int(String(decoding: digits, as: UTF8.self), radix: radix)
    }
}
