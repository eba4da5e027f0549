import ProcFS

/// A descriptor that is handed around as an optional value, which `OwnedFD` cannot be; closed with the last reference.
final class SharedFD: Sendable {
    private let owned: OwnedFD

    init(_ owned: consuming OwnedFD) { self.owned = owned }

    convenience init(adopting raw: Int32) { self.init(OwnedFD(adopting: raw)) }

    /// Valid while the reference is held: whoever gets one as a parameter may rely on it.
    var raw: Int32 { owned.raw }
}
