/// One row of the fleet before anything is known of it: what the operator calls it, and where it is dialled.
struct HostPlace: Hashable, Sendable {
    /// As written on the command line, or as the host book names it.
    var label: String
    /// `host:port`, or `unix:` and a path.
    var address: String

    init(label: String, address: String) {
        self.label = label
        self.address = address
    }

    /// Called what it is.
    init(_ address: String) { self.init(label: address, address: address) }
}

extension HostPlace: ExpressibleByStringInterpolation {
    init(stringLiteral address: String) { self.init(address) }
}
