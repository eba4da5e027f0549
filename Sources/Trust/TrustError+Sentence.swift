internal import Glibc
internal import Model

/// What each error says to a person: what is wrong, then what to do. Text of a peer never gets in unchecked: names are
/// of the segment grammar, all other parts are numbers or our own words; paths and host names are the reader's own.
extension TrustError {
    public var sentence: String {
        switch self {
        case .noCertificate, .malformedCertificate, .wrongKeyType, .authorityAsPeer, .notMarkedAsLeaf, .nameCount,
            .malformedName, .wrongFleet, .wrongKind, .wrongKeyUsage, .clockWrong, .notYetValid, .expired,
            .lifeTooLong, .wrongHost, .unknownAuthority, .chainRefused, .authorityExpired, .revoked,
            .authorityRetired, .noRenewal, .notAnAuthority:
            certificateSentence
        case .malformedKey, .keyMismatch, .malformedRequest, .unusableName, .cryptography:
            keySentence
        case .insecureMode, .insecureOwner, .insecureParent, .notAPlainFile, .notADirectory, .missingFile,
            .damagedFile, .io, .authorityExists, .rotationStep, .denyListRefused, .denyListFull:
            storeSentence
        case .notAToken, .tokenDamaged, .tokenVersion, .tokenOfOtherKind, .tokenExpired, .pinMismatch, .wrongSecret,
            .tokenBurned, .tokenUsed, .enrolmentTimedOut, .enrolmentInterrupted, .unexpectedStep, .enrolmentRefused,
            .notInvited, .hostKnown:
            enrolmentSentence(newToken: "Run 'looptop-agent init --listen ...' on the host for a new token.")
        case .policyProblems(let file, let problems):
            Self.sentence(problems, file: file) + " Nothing was read from the file."
        }
    }

    private var certificateSentence: String {
        let renew =
            "An agent's is renewed for 30 days after by looptop where the fleet's CA key is, later by enrolling again "
            + "(looptop-agent init --reset); a person's by 'looptop init --renew' there, else by 'looptop request'."
        switch self {
        case .noCertificate:
            return "The other side showed no certificate. Only enrolled agents and dashboards can connect."
        case .malformedCertificate(let what):
            return "The \(what) cannot be read; the other side is not looptop, or its files are damaged."
        case .wrongKeyType:
            return "The certificate's key is not ECDSA P-256, the only kind looptop uses. Have a new one issued."
        case .authorityAsPeer:
            return "The other side showed a CA certificate as its own. It needs a certificate issued by that CA."
        case .notMarkedAsLeaf:
            return "The certificate does not say, as critical, that it is no CA (CA:FALSE). Have a new one issued."
        case .nameCount(0):
            return "The certificate has no URI name, so it says of nobody who it is. Have a new one issued."
        case .nameCount(let count):
            return "The certificate has \(count) URI names; there must be exactly one. Have a new one issued."
        case .malformedName:
            return "The certificate's URI name is not of the form spiffe://<fleet>/agent/<id> or "
                + "spiffe://<fleet>/user/<name>/<role>. Have a new one issued."
        case .wrongFleet(let expected, let found):
            return "The certificate belongs to fleet \(found), this side to fleet \(expected). "
                + "Enrol the host in this fleet, or use the other fleet's dashboard."
        case .wrongKind(let expected, let found):
            return "The certificate is of \(found), but here only \(expected) can connect. "
                + "Check the address and the port."
        case .wrongKeyUsage(.listening):
            return "The certificate may not be used to listen (extended key usage serverAuth is missing). "
                + "Enrol the agent again."
        case .wrongKeyUsage(.calling):
            return "A person's certificate must be for calling only (extended key usage clientAuth and no other). "
                + "Have a new one issued: looptop init --renew."
        case .wrongKeyUsage(.signing):
            return "The certificate's key usage is not that of a leaf (digitalSignature and no keyCertSign). "
                + "Have a new one issued."
        case .clockWrong(let now, let notBefore, let notAfter):
            return "This machine's clock is probably wrong: it says \(UTCText.moment(now)), but the certificate is "
                + "valid from \(UTCText.moment(notBefore)) to \(UTCText.moment(notAfter)). "
                + "Set the clock ('timedatectl' shows it), then try again."
        case .notYetValid(let notBefore, let now):
            return "The certificate is not valid for another \(UTCText.span(notBefore - now)) "
                + "(from \(UTCText.moment(notBefore))). Compare the clocks of both machines."
        case .expired(let notAfter, let now):
            return "The certificate expired \(UTCText.span(now - notAfter)) ago (\(UTCText.moment(notAfter))). " + renew
        case .lifeTooLong(let days, let limit):
            return "The certificate is valid for \(days) days; its kind may be for \(limit). Have a new one issued."
        case .wrongHost(let expected, let found):
            return "The host at this address is \(found.hex), not \(expected.hex) as expected. If the agent was "
                + "enrolled again or the address was given to another machine, enrol it here again; "
                + "otherwise somebody stands in between."
        case .unknownAuthority:
            return "The certificate was not signed by this fleet's CA as it is known on this side. Enrol the host in "
                + "this fleet; where the fleet has changed its CA, a person asks for a new certificate (looptop request)."
        case .chainRefused(let reason):
            return "The certificate was signed by this fleet's CA but is not acceptable: \(reason). "
                + "Have a new one issued."
        case .authorityExpired(let notAfter):
            return "The fleet's CA expired on \(UTCText.moment(notAfter)). Make a new fleet ('looptop init') and "
                + "enrol the hosts again."
        case .revoked(.person(let name), let until):
            return "The certificates of user \(name) were revoked at \(UTCText.moment(until)). "
                + "Whoever holds the fleet's CA key can grant a new one (looptop grant)."
        case .revoked(.agent(let host), let until):
            return "The certificates of agent \(host.hex) were revoked at \(UTCText.moment(until)). "
                + "Enrol the host again (looptop-agent init --reset) if it is to be trusted."
        case .authorityRetired:
            return "The certificate is of a CA that the fleet has retired. A person gets a new one with "
                + "'looptop request'; a host is enrolled again (looptop-agent init --reset)."
        case .noRenewal(let until):
            return "The certificate that was sent does not last longer than the one that is here (to "
                + "\(UTCText.moment(until))); it stays."
        case .notAnAuthority(let reason):
            return "The certificate given as CA is not one that looptop made: \(reason). "
                + "Restore ca.pem, or enrol again."
        default: return "The certificate is not acceptable."
        }
    }

    private var keySentence: String {
        switch self {
        case .malformedKey:
            "The private key is not an ECDSA P-256 key in PEM. Restore the file, or enrol again."
        case .keyMismatch:
            "The certificate and the private key do not belong together. Restore both files from one backup, or "
                + "enrol again; a person sends what 'looptop request' prints once more."
        case .malformedRequest(let reason):
            "The signing request is not acceptable: \(reason). Use the same version of looptop on both sides."
        case .unusableName(.person):
            "This name cannot stand in a certificate. Use 1 to 64 of the characters a-z, 0-9, '.', '_' and '-'."
        case .unusableName(.agent):
            "The fleet's id cannot stand in a certificate; the CA is damaged. Restore ca.pem."
        case .cryptography(let reason):
            "An internal step failed: \(reason). Please report it with the version (--version)."
        default: "The key is not acceptable."
        }
    }

    private var storeSentence: String {
        switch self {
        case .insecureMode(let path, let found, let wanted):
            "\(path) can be used by others (mode \(Self.octal(found))). If nobody has, run:  "
                + "chmod \(Self.octal(wanted)) \(Self.quoted(path))"
        case .insecureOwner(let path, let uid, let wanted):
            "\(path) belongs to uid \(uid), but this runs as uid \(wanted). Run it as that user, or:  "
                + "chown \(wanted) \(Self.quoted(path))"
        case .insecureParent(let path):
            "Others can write \(path), so they could replace what is kept below it. Run:  "
                + "chmod go-w \(Self.quoted(path))   (and check that it belongs to root or to you)"
        case .notAPlainFile(let path):
            "\(path) is not a plain file with one name (it is a link, or has a second one). "
                + "Put a real file there, or remove it."
        case .notADirectory(let path):
            "\(path) is not a directory (a symbolic link does not count). Name the real directory, or remove it."
        case .missingFile(let path):
            "\(path) is missing, though other files of the same identity are there. Restore it, or enrol again."
        case .damagedFile(let path, let reason):
            "\(path) cannot be used: \(reason). Restore it from a backup, or remove it and enrol again."
        case .io(let path, let operation, let number):
            "\(path): \(operation) failed: \(String(cString: strerror(number))) (errno \(number))."
        case .authorityExists(let directory):
            "There is a fleet's CA in \(directory) already; a new one would cut off all its hosts. "
                + "To renew your own certificate:  looptop init --renew"
        case .rotationStep(let reason): "\(reason). 'looptop ca' shows where the fleet is."
        case .denyListRefused(let name, let reason) where !name.hasPrefix("/"):
            "\(name) cannot be used: \(reason). What was known before stays in force."
        case .denyListRefused(let name, let reason):
            "\(name) cannot be used: \(reason). A file that is damaged can be removed: the next dashboard or agent of the "
                + "fleet brings the newest list. Until then whoever was revoked is let in."
        case .denyListFull(let limit):
            "The deny-list has \(limit) names, and more are not possible before certificates of these have expired. "
                + "Make a new fleet ('looptop init') and enrol the hosts that are to be trusted."
        default: "The identity store is not usable."
        }
    }

    private static func octal(_ mode: UInt32) -> String {
        let digits = String(mode, radix: 8)
        return digits.count < 3 ? String(repeating: "0", count: 3 - digits.count) + digits : digits
    }

    /// For a shell.
    private static func quoted(_ path: String) -> String {
        var text = "'"
        for character in path { text += character == "'" ? "'\\''" : String(character) }
        return text + "'"
    }
}
