import Trust

/// What commands say of a state directory that lacks what they need.
extension IdentityStore {
    var noFleet: String { "there is no fleet in \(directory)" }
    var noAuthorityKey: String { "the fleet's CA key is not in \(directory): run this where looptop init was run" }
}
