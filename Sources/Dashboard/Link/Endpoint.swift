import Model
import Transport

/// Where an agent can be reached and who must answer there.
enum Endpoint: Hashable, Sendable {
    /// TCP, TLS 1.3 both ways; `host` is known when the host book has it.
    case tls(SocketName, host: HostID?)
    case unix(path: String)
}

/// One row of the fleet: what the operator calls it and where it is.
struct Target: Hashable, Sendable {
    /// As written, or as the host book names it.
    var label: String
    var endpoint: Endpoint

    var place: HostPlace {
        switch endpoint {
        case .tls(let name, let host):
            HostPlace(label: label, address: name.description, isEnrolled: host != nil && label != name.description)
        case .unix(let path): HostPlace(label: label, address: "unix:\(path)")
        }
    }
}
