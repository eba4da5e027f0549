import CLinux

/// For walks through a thousand workers: each lies somewhere else in memory, and what is begun to be loaded while those
/// before it are looked at is there when it is its turn.
enum Prefetch {
    /// How many turns ahead: an object, and what is found in it.
    static let far = 6
    static let near = 3

    /// The beginning of an object, without a look at it.
    @inline(__always) static func object(_ object: AnyObject, bytes: Int) {
        looptop_prefetch(Unmanaged.passUnretained(object).toOpaque(), bytes)
    }
}
