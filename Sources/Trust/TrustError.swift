public import Model

/// What a certificate must be allowed to do.
public enum KeyPurpose: String, Hashable, Sendable {
    /// A listening agent: `serverAuth`.
    case listening
    /// Whoever calls: `clientAuth`, and for a person nothing else.
    case calling
    /// Signing the TLS handshake: `digitalSignature`.
    case signing
}

/// Everything that keeps two sides from trusting each other, an identity from being used, or a token from being taken.
/// `sentence` says each in words: what is wrong, and what to do.
public enum TrustError: Error, Hashable, Sendable {
    // Certificates, in the order in which `PeerVerifier` looks.

    /// The peer showed no certificate.
    case noCertificate
    /// `what` is not a certificate in DER, or has a field that cannot be read.
    case malformedCertificate(what: String)
    /// Only P-256 is used.
    case wrongKeyType
    /// A CA showed its own certificate as if it were a host or a person.
    case authorityAsPeer
    /// Basic constraints are missing or not critical, so the certificate could pass for a CA elsewhere.
    case notMarkedAsLeaf
    /// There must be exactly one URI among the subject alternative names.
    case nameCount(Int)
    /// The URI is not one of ours.
    case malformedName
    case wrongFleet(expected: String, found: String)
    /// A person where an agent should be, or the other way round.
    case wrongKind(expected: String, found: String)
    case wrongKeyUsage(KeyPurpose)
    /// The clock is more than a year outside the validity: more likely the clock than the certificate.
    case clockWrong(now: WallTime, notBefore: WallTime, notAfter: WallTime)
    case notYetValid(notBefore: WallTime, now: WallTime)
    case expired(notAfter: WallTime, now: WallTime)
    /// Valid for longer than this kind may be.
    case lifeTooLong(days: Int, limit: Int)
    case wrongHost(expected: HostID, found: HostID)
    /// No CA of ours signed it.
    case unknownAuthority
    /// A CA of ours signed it, but chain validation refused it.
    case chainRefused(reason: String)
    case authorityExpired(notAfter: WallTime)
    /// Issued to this name until then: the fleet's deny-list has it.
    case revoked(CertificateHolder, WallTime)
    /// The fleet has another CA by now than the one that signed the certificate.
    case authorityRetired
    /// A certificate offered as CA lacks what a CA of ours has.
    case notAnAuthority(reason: String)

    /// A new certificate does not last longer than the one it should replace.
    case noRenewal(until: WallTime)

    // Keys and requests.

    case malformedKey
    /// The certificate belongs to another key.
    case keyMismatch
    case malformedRequest(reason: String)
    /// A name that may not stand in a certificate.
    case unusableName(IdentityName)
    /// The cryptographic library refused to do its work.
    case cryptography(reason: String)

    // The identity store.

    case insecureMode(path: String, found: UInt32, wanted: UInt32)
    case insecureOwner(path: String, uid: UInt32, wanted: UInt32)
    /// A directory above the store can be written by others, so they could swap the store.
    case insecureParent(path: String)
    /// A symbolic link, a device, or a file with a second name.
    case notAPlainFile(path: String)
    case notADirectory(path: String)
    case missingFile(path: String)
    case damagedFile(path: String, reason: String)
    case io(path: String, operation: String, errno: Int32)
    /// A second CA would cut off every host of the first.
    case authorityExists(directory: String)
    /// A fleet changes its CA in steps: this one has no place now.
    case rotationStep(reason: String)
    /// `name`: a path, or where it came from.
    case denyListRefused(name: String, reason: String)
    /// Entries go once the certificates they are about have expired.
    case denyListFull(limit: Int)

    // Enrolment.

    case notAToken
    case tokenDamaged(reason: String)
    case tokenVersion(UInt8)
    /// A token of the kind given, where one of the other kind belongs.
    case tokenOfOtherKind(EnrolmentToken.Kind)
    case tokenExpired(notAfter: WallTime, now: WallTime)
    /// Whoever answered at the token's address does not hold the key that the token names.
    case pinMismatch(expected: [UInt8], found: [UInt8])
    case wrongSecret(triesLeft: Int)
    /// Too many wrong tries.
    case tokenBurned
    case tokenUsed
    case enrolmentTimedOut
    case enrolmentInterrupted
    /// A step came that the protocol does not have at this place.
    case unexpectedStep(String)
    case enrolmentRefused(EnrolmentRefusal)
    /// The invitation is for hosts of other names.
    case notInvited
    /// A host of that id is enrolled: another one would take its place.
    case hostKnown(HostID)

    // The policy file.

    /// All that is wrong with it; nothing of it counts.
    case policyProblems(file: String, [JSON5Problem])
}
