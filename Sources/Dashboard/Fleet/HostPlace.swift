/// One row of the fleet before anything is known of it: what the operator calls it, where it is dialled, and what is said
/// of it here.
struct HostPlace: Hashable, Sendable {
    /// As written on the command line, or as the host book or the configuration names it.
    var label: String
    /// `host:port`, `unix:` and a path, or `ssh:` and an alias.
    var address: String
    /// The label is a name that somebody gave: then it is the host's name here, whatever the host calls itself, because
    /// selectors go by it and two hosts could call themselves the same.
    var isNamed: Bool
    /// What the configuration or a host list says of it: `site=eu-1`.
    var labels: [String: String]
    /// The context that it is in; `nil` for none.
    var context: String?
    /// The protected context that it is in: it is named before a change.
    var protectedBy: String?

    init(
        label: String, address: String, isNamed: Bool = false, labels: [String: String] = [:], context: String? = nil,
        protectedBy: String? = nil
    ) {
        self.label = label
        self.address = address
        self.isNamed = isNamed
        self.labels = labels
        self.context = context
        self.protectedBy = protectedBy
    }

    /// Called what it is.
    init(_ address: String) { self.init(label: address, address: address) }
}

extension HostPlace: ExpressibleByStringInterpolation {
    init(stringLiteral address: String) { self.init(address) }
}
