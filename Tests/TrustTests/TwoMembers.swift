import Model
import Testing

@testable import Trust

/// An agent, and an operator who has the fleet's CA key, each with a store below `directory`.
protocol TwoMembers {
    var fleet: Fleet { get }
    var directory: TemporaryDirectory { get }
}

extension TwoMembers {
    var store: IdentityStore { IdentityStore(directory: directory.path + "/agent") }
    var operators: IdentityStore { IdentityStore(directory: directory.path + "/operator") }

    func agent() throws -> Membership {
        let identity = try Identity(
            leaf: try fleet.agentLeaf(), authorities: [fleet.authority.certificate], privateKeyPEM: fleet.agentKey.pem)
        try store.save(identity)
        return try #require(try Membership(of: store))
    }

    func keeper() throws -> Membership {
        try operators.save(fleet.authority)
        try operators.save(try fleet.person(.admin))
        return try #require(try Membership(of: operators))
    }
}
