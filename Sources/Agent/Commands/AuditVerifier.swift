/// Goes over the lines of an audit log, the older file first, and finds where they are not as they were written.
///
/// A break that the agent recorded is a fault itself, and what follows it is a new segment: `recent` is about that alone,
/// so that a break is recorded once and the next one is found as well.
struct AuditVerifier {
    struct Remark: Equatable, CustomStringConvertible {
        var file: String
        /// `nil` for the end of the log.
        var line: Int?
        var text: String

        var description: String { file + (line.map { ":\($0)" } ?? "") + ": " + text }
    }

    /// Something is not as it was written.
    private(set) var faults: [Remark] = []
    /// The faults of the newest segment. Beyond `mostFaults` no more are kept, of each.
    private(set) var recent: [Remark] = []
    /// The line that begins the newest segment, and how many come after it; `nil` where no break was recorded.
    private(set) var lastBreak: (file: String, line: Int, after: Int)?
    /// What is remarkable and in order.
    private(set) var notes: [Remark] = []
    private(set) var lines = 0
    /// Of the last line that has one.
    private(set) var chain: String?
    /// Beyond these nobody reads on.
    static let mostFaults = 100
    private static let mostUnchained = 16

    private var wanted: Set<String>
    /// Lines without a chain since the last one with.
    private var unchained: [(file: String, line: AuditLines.Line)] = []
    private var file = ""
    private var isFirstFile = true
    private var isRotated = false
    private var isFirstLine = true

    /// - Parameter wanted: chains that the log must have.
    init(wanted: Set<String> = []) { self.wanted = wanted }

    /// - Parameter isRotated: it is the older file; what it follows was dropped in its time.
    mutating func begin(file name: String, isRotated: Bool) {
        isFirstFile = file.isEmpty
        file = name
        isFirstLine = true
        self.isRotated = isRotated
    }

    mutating func take(_ line: AuditLines.Line) {
        lines += 1
        guard let opened = AuditChain.open(line.bytes) else {
            unchained.append((file, line))
            // A crash leaves one or two; this many are no log, and need not be kept.
            if unchained.count > Self.mostUnchained {
                let (file, line) = unchained.removeFirst()
                add(Remark(file: file, line: line.number, text: Self.noChain))
            }
            return
        }
        let previous = previous(of: opened.marks, at: line.number)
        if let lost = opened.marks.lostAfter {
            fault(line.number, "when this was written, the line with chain \(lost) was gone already")
        }
        if let previous, AuditChain.link(after: previous, opened.body) != opened.chain {
            fault(
                line.number,
                "does not fit what stands before it: this line was changed, or lines before it were changed, removed "
                    + "or moved")
        }
        chain = opened.chain
        wanted.remove(opened.chain)
        unchained = []
        isFirstLine = false
        lastBreak?.after += 1
        guard AuditMark.kind(of: opened.body[...]) == .broken else { return }
        fault(line.number, "a break: the agent found that what stands before was changed, and went on from here")
        recent = []
        lastBreak = (file, line.number, 0)
    }

    /// What this line's chain has to follow; `nil` where that cannot be known.
    private mutating func previous(of marks: AuditChain.Marks, at number: Int) -> String? {
        if !unchained.isEmpty {
            guard marks.torn else {
                for (file, line) in unchained { add(Remark(file: file, line: line.number, text: Self.noChain)) }
                return chain
            }
            for (file, line) in unchained {
                notes.append(Remark(file: file, line: line.number, text: "was cut short by a crash"))
            }
            // Of a torn first line of the older file nothing can be known: what it followed is gone.
            if chain == nil, isRotated { return nil }
            return unchained.reduce(chain ?? "") { AuditChain.link(after: $0, $1.line.bytes) }
        }
        if marks.torn { fault(number, "the line before this one, which a crash cut short, is gone") }
        guard isFirstLine else { return chain }
        guard let follows = marks.follows else {
            if chain != nil { fault(number, "does not name the last line of the file before") }
            return chain ?? ""
        }
        if isFirstFile, !isRotated { fault(number, "the file before this one is gone") }
        if let chain, chain != follows { fault(number, "lines at the end of the file before are gone or were changed") }
        return follows
    }

    private static let noChain = "has no chain: it was changed, or put there by somebody else"

    /// After the last line of the last file.
    mutating func end() {
        for (index, (file, line)) in unchained.enumerated() {
            // A crash leaves one line cut short, at the very end.
            let isLast = index == unchained.count - 1
            if isLast {
                notes.append(Remark(file: file, line: line.number, text: "the last line was cut short by a crash"))
            } else {
                add(Remark(file: file, line: line.number, text: Self.noChain))
            }
        }
        for chain in wanted.sorted() {
            let text = "the line with chain \(chain) is gone: lines were removed or changed"
            add(Remark(file: file, line: nil, text: text))
        }
    }

    /// What is wrong with the files as such.
    mutating func note(fault text: String, of file: String) { add(Remark(file: file, line: nil, text: text)) }

    private mutating func fault(_ line: Int, _ text: String) { add(Remark(file: file, line: line, text: text)) }

    private mutating func add(_ remark: Remark) {
        if faults.count < Self.mostFaults { faults.append(remark) }
        if recent.count < Self.mostFaults { recent.append(remark) }
    }
}
