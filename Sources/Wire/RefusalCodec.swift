internal import Model

/// Within a verdict.
extension Refusal {
    init(from reader: inout Reader, in bytes: Span<UInt8>) throws(WireError) {
        switch try reader.byte("refusal", in: bytes) {
        case 1:
            self = .role(
                app: try reader.text("app", limit: Limits.groupTextBytes, in: bytes),
                needed: try reader.choice("role needed", in: bytes), has: try reader.choice("role", in: bytes))
        case 2: self = .policy(app: try reader.text("app", limit: Limits.groupTextBytes, in: bytes))
        case 3: self = .readOnly
        case 4: self = .protectedProcess
        case 5: self = .notAWorker
        case 6:
            self = .busy(
                holder: try reader.identifier("holder", in: bytes),
                what: try reader.text("what", limit: Limits.textBytes, in: bytes))
        case 7: self = .expired
        case 8: self = .idReused
        case 9: self = .notPermitted
        case 10: self = .unsupportedKernel
        case 11: self = .auditUnavailable(errno: try reader.int32("errno", in: bytes))
        case 12: self = .tooManyCommands
        case 13: self = .notAGroup
        case 14: self = .unsuited(try reader.text("unsuited", limit: Limits.detailBytes, in: bytes))
        case 15: self = .warning(try reader.text("warning", limit: Limits.detailBytes, in: bytes))
        case 16:
            self = .held(
                by: try reader.text("holder", limit: Limits.issuerBytes, in: bytes),
                left: try reader.duration("left", in: bytes))
        case 17:
            self = .limit(
                app: try reader.text("app", limit: Limits.groupTextBytes, in: bytes),
                rule: try reader.text("rule", limit: Limits.textBytes, in: bytes))
        case 18: self = .noSuchRoll
        default: throw reader.malformed("refusal")
        }
    }

    func write(to writer: inout Writer) {
        switch self {
        case .role(let app, let needed, let has):
            writer.byte(1)
            writer.text(app, limit: Limits.groupTextBytes)
            writer.choice(needed)
            writer.choice(has)
        case .policy(let app):
            writer.byte(2)
            writer.text(app, limit: Limits.groupTextBytes)
        case .readOnly: writer.byte(3)
        case .protectedProcess: writer.byte(4)
        case .notAWorker: writer.byte(5)
        case .busy(let holder, let what):
            writer.byte(6)
            writer.identifier(holder)
            writer.text(what, limit: Limits.textBytes)
        case .expired: writer.byte(7)
        case .idReused: writer.byte(8)
        case .notPermitted: writer.byte(9)
        case .unsupportedKernel: writer.byte(10)
        case .auditUnavailable(let errno):
            writer.byte(11)
            writer.int32(errno)
        case .tooManyCommands: writer.byte(12)
        case .notAGroup: writer.byte(13)
        case .unsuited(let why):
            writer.byte(14)
            writer.text(why, limit: Limits.detailBytes)
        case .warning(let what):
            writer.byte(15)
            writer.text(what, limit: Limits.detailBytes)
        case .held(let holder, let left):
            writer.byte(16)
            writer.text(holder, limit: Limits.issuerBytes)
            writer.duration(left)
        case .limit(let app, let rule):
            writer.byte(17)
            writer.text(app, limit: Limits.groupTextBytes)
            writer.text(rule, limit: Limits.textBytes)
        case .noSuchRoll: writer.byte(18)
        }
    }
}
