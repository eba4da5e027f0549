/// Takes one message as it comes. PM2 answers with all it knows of a process, its environment too, which may be long and
/// full of secrets: only the beginning of each argument is kept.
struct AxonReader {
    static let keptBytes = 4 * 1024
    static let maximumBytes = 4 * 1024 * 1024

    enum State: Hashable {
        case head
        case length(bytes: Int, value: UInt32)
        case data(left: UInt32)
        case whole
        case wrong(String)
    }

    private(set) var state = State.head
    /// The beginnings of the arguments so far.
    private(set) var arguments: [[UInt8]] = []
    private var left = 0
    private var taken = 0

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
                state = .wrong("its answer has no end")
                return
            }
            take(byte)
        }
    }

    mutating func end() {
        guard !isDone else { return }
        state = .wrong(taken == 0 ? "it closed the connection without an answer" : "its answer ends early")
    }

    private mutating func take(_ byte: UInt8) {
        switch state {
        case .head:
            left = Int(byte & 0xF)
            guard byte >> 4 == 1, left > 0 else {
                state = .wrong("its answer is not of PM2's protocol")
                return
            }
            state = .length(bytes: 0, value: 0)
        case .length(let bytes, let value):
            let value = value << 8 | UInt32(byte)
            guard bytes == 3 else {
                state = .length(bytes: bytes + 1, value: value)
                return
            }
            arguments.append([])
            state = .data(left: value)
            if value == 0 { next() }
        case .data(let left):
            let last = arguments.count - 1
            if last >= 0, arguments[last].count < Self.keptBytes { arguments[last].append(byte) }
            state = .data(left: left - 1)
            if left == 1 { next() }
        case .whole, .wrong: break
        }
    }

    private mutating func next() {
        left -= 1
        state = left == 0 ? .whole : .length(bytes: 0, value: 0)
    }
}
