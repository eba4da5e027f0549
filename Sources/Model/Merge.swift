/// How two numbers of one column, one after the other, become the number of both together.
public enum Merge: Hashable, Sendable {
    /// Counters, and what is simply so: the later one.
    case latest
    /// What is there for its peaks.
    case highest
    /// What describes the peak of another column: of the sample that has the higher one.
    case alongside(column: Int)
}
