/// One row of the fleet before anything is known of it: what the operator calls it, and where it is dialled.
struct HostPlace: Hashable, Sendable {
    /// As written on the command line, or as the host book names it.
    var label: String
    /// `host:port`, or `unix:` and a path.
    var address: String
    /// The label is of the host book: then it is the host's name here, whatever the host calls itself, because selectors
    /// go by it and two hosts could call themselves the same.
    var isEnrolled: Bool

    init(label: String, address: String, isEnrolled: Bool = false) {
        self.label = label
        self.address = address
        self.isEnrolled = isEnrolled
    }

    /// Called what it is.
    init(_ address: String) { self.init(label: address, address: address) }
}

extension HostPlace: ExpressibleByStringInterpolation {
    init(stringLiteral address: String) { self.init(address) }
}
