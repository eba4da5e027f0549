internal import Crypto

/// SHA-256 in lower-case hex, over several pieces as if they were one. For records that have to show that they are
/// whole.
public func sha256Hex(_ pieces: some Sequence<some Sequence<UInt8>>) -> String {
    var hash = SHA256()
    for piece in pieces { hash.update(data: Array(piece)) }
    return Array(hash.finalize()).hex
}
