import Glibc

/// An IP address, its bytes in network order.
enum HostAddress: Hashable, Sendable {
    case version4([UInt8])
    case version6([UInt8])

    static let loopback4 = HostAddress.version4([127, 0, 0, 1])
    static let loopback6 = HostAddress.version6([UInt8](repeating: 0, count: 15) + [1])

    var family: CInt {
        switch self {
        case .version4: AF_INET
        case .version6: AF_INET6
        }
    }

    var isLoopback: Bool {
        switch self {
        case .version4(let bytes): bytes.first == 127
        case .version6: self == .loopback6
        }
    }

    /// Stands for all addresses of the machine.
    var isAny: Bool {
        switch self {
        case .version4(let bytes), .version6(let bytes): bytes.allSatisfy { $0 == 0 }
        }
    }

    /// Digits only: nothing is looked up. inet_pton(3).
    init?(_ text: String) {
        var bytes = [UInt8](repeating: 0, count: 16)
        if inet_pton(AF_INET, text, &bytes) == 1 {
            self = .version4(Array(bytes.prefix(4)))
        } else if inet_pton(AF_INET6, text, &bytes) == 1 {
            self = .version6(bytes)
        } else {
            return nil
        }
    }
}
