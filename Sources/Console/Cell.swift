/// One column of a frame: a base scalar, up to four combining marks, and a style.
///
/// A wide character takes two cells; the second one `isContinuation` and holds no text. 24 bytes without references, so
/// that a frame is one block of memory and comparing two is cheap.
public struct Cell: Hashable, Sendable {
    /// 0: the right half of the wide character before it.
    var base: UInt32
    private var marks: (UInt32, UInt32, UInt32, UInt32) = (0, 0, 0, 0)
    public internal(set) var style: Style

    init(base: Unicode.Scalar, style: Style) {
        self.base = base.value
        self.style = style
    }

    init(continuationWith style: Style) {
        base = 0
        self.style = style
    }

    static func blank(_ style: Style) -> Cell { Cell(base: " ", style: style) }

    public var isContinuation: Bool { base == 0 }

    /// What the cell shows; empty for a continuation.
    public var string: String {
        var result = ""
        for value in [base, marks.0, marks.1, marks.2, marks.3] where value != 0 {
            if let scalar = Unicode.Scalar(value) { result.unicodeScalars.append(scalar) }
        }
        return result
    }

    /// Base and marks as numbers, unused places 0.
    var scalars: (UInt32, UInt32, UInt32, UInt32, UInt32) { (base, marks.0, marks.1, marks.2, marks.3) }

    /// A fifth mark is dropped.
    mutating func add(mark: Unicode.Scalar) {
        if marks.0 == 0 {
            marks.0 = mark.value
        } else if marks.1 == 0 {
            marks.1 = mark.value
        } else if marks.2 == 0 {
            marks.2 = mark.value
        } else if marks.3 == 0 {
            marks.3 = mark.value
        }
    }

    public static func == (left: Cell, right: Cell) -> Bool {
        left.base == right.base && left.style == right.style && left.marks == right.marks
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(base)
        hasher.combine(style)
        hasher.combine(marks.0)
    }
}
