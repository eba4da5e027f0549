/// What a process was started with, from `/proc/<pid>/environ`, as far as it is asked for. proc_pid_environ(5).
///
/// The environment holds secrets: names are compared as bytes, and only the values of the names that were asked for are
/// ever copied. A process may write over it, so any bytes can be in it.
public struct ProcessEnvironment: Equatable, Sendable {
    /// Which variables are wanted.
    public struct Wanted: Sendable {
        /// Names by their length.
        fileprivate let names: [Int: [[UInt8]]]
        /// A variable that holds a JSON object, and which members of it are wanted, as `NAME.MEMBER`.
        fileprivate let object: (name: [UInt8], members: JSONMembers.Wanted)?
        /// Bytes of a value that are kept.
        fileprivate let limit: Int

        public init(names: Set<String>, object: String? = nil, members: Set<String> = [], limit: Int = 4096) {
            self.names = Dictionary(grouping: names.map { Array($0.utf8) }, by: \.count)
            self.object = object.map { (Array($0.utf8), JSONMembers.Wanted(members)) }
            self.limit = limit
        }
    }

    /// Bytes that are not UTF-8 became U+FFFD. Of a name that comes twice the first counts, as for getenv(3).
    public private(set) var values: [String: String] = [:]
    /// The rest of a variable that is longer than the reader's buffer is passed over.
    private var isPassing = false

    public init() {}

    public init(parsing text: Span<UInt8>, wanted: Wanted) {
        _ = add(text, wanted: wanted, isLast: true)
    }

    /// Takes the variables of the next part of the file; returns how many bytes it used: whole variables only unless
    /// `isLast`, or unless there is room for none.
    mutating func add(_ text: Span<UInt8>, wanted: Wanted, isLast: Bool, isFull: Bool = false) -> Int {
        var used = 0
        while used < text.count {
            let zero = text.index(of: 0, in: used..<text.count)
            if isPassing {
                guard let zero else { return text.count }
                isPassing = false
                used = zero + 1
                continue
            }
            guard zero != nil || isLast || (isFull && used == 0) else { return used }
            take(used..<(zero ?? text.count), of: text, wanted: wanted)
            isPassing = zero == nil && !isLast
            used = min((zero ?? text.count) + 1, text.count)
        }
        return used
    }

    private mutating func take(_ entry: Range<Int>, of text: Span<UInt8>, wanted: Wanted) {
        guard let equals = text.index(of: UInt8(ascii: "="), in: entry) else { return }
        let length = equals - entry.lowerBound
        if let name = wanted.names[length]?.first(where: { text.matches($0, at: entry.lowerBound) }) {
            let end = min(entry.upperBound, equals + 1 + wanted.limit)
            put(text.string(equals + 1..<end), as: String(decoding: name, as: UTF8.self))
        }
        if let object = wanted.object, object.name.count == length, text.matches(object.name, at: entry.lowerBound) {
            let members = JSONMembers(
                parsing: text, range: equals + 1..<entry.upperBound, wanted: object.members, limit: wanted.limit)
            let prefix = String(decoding: object.name, as: UTF8.self)
            for (name, value) in members.values { put(value, as: "\(prefix).\(name)") }
        }
    }

    private mutating func put(_ value: String, as name: String) {
        if values[name] == nil { values[name] = value }
    }
}

extension Span where Element == UInt8 {
    /// Whether the bytes from `start` begin with `bytes`.
    func matches(_ bytes: [UInt8], at start: Int) -> Bool {
        guard start >= 0, bytes.count <= count - start else { return false }
        for step in bytes.indices where self[start + step] != bytes[step] { return false }
        return true
    }
}
