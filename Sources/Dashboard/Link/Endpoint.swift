import Model
import Transport

/// Where an agent can be reached and who must answer there.
enum Endpoint: Hashable, Sendable {
    /// TCP, TLS 1.3 both ways; `host` is known when the host book has it.
    case tls(SocketName, host: HostID?)
    case unix(path: String)
    /// `ssh ALIAS looptop-agent stdio`; ssh knows where that is and who must answer there.
    case ssh(alias: String)

    /// How many a connection takes; of ssh what it says and how it ends, too (`SSHCall`).
    var descriptors: UInt64 { if case .ssh = self { 4 } else { 1 } }
}

/// One row of the fleet: what the operator calls it, where it is, and what is said of it.
struct Target: Hashable, Sendable {
    /// As written, or as the host book or the configuration names it.
    var label: String
    var endpoint: Endpoint
    /// Somebody named it so: then it is its name here.
    var isNamed = false
    /// `site=eu-1`
    var labels: [String: String] = [:]
    /// The context that it is in; `nil` for none.
    var context: String?
    /// The protected context that it is in, whichever counts: it is named before a change.
    var protectedBy: String?

    var place: HostPlace {
        let address =
            switch endpoint {
            case .tls(let name, _): name.description
            case .unix(let path): "unix:\(path)"
            case .ssh(let alias): "ssh:\(alias)"
            }
        return HostPlace(
            label: label, address: address, isNamed: isNamed, labels: labels, context: context, protectedBy: protectedBy
        )
    }
}
