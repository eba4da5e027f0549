/// How bad a value is. The raw value is its number on the wire: never reused.
public enum Level: UInt8, Comparable, Sendable, CaseIterable {
    case ok = 0
    case warn = 1
    case crit = 2

    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}
