import Control
import Glibc
import Model

/// A unit of systemd, by `systemctl` as an argument vector.
struct SystemctlCall {
    static let places = ["/usr/bin/systemctl", "/bin/systemctl"]

    let program: Program
    private let unit: String

    /// - Parameter places: where `systemctl` may be.
    init(
        unit: String, user: UInt32?, _ verb: ManagerCall.Verb, places: [String] = Self.places
    ) throws(CallTrouble) {
        guard Self.isUnit(unit) else { throw .failed("\(excerpt(unit, limit: 80)) is no name of a service of systemd") }
        guard let path = places.first(where: { access($0, X_OK) == 0 }) else {
            throw .failed("there is no systemctl at \(places.joined(separator: " or "))")
        }
        var words = [path, "--no-ask-password", "--no-pager"]
        var environment = ["LC_ALL": "C.UTF-8", "SYSTEMD_COLORS": "0"]
        switch user {
        case nil: break
        case geteuid():  // our own manager: no way through the system's is needed
            words.append("--user")
            environment["XDG_RUNTIME_DIR"] = "/run/user/\(geteuid())"
        case let user?: words += ["--user", "--machine=\(user)@"]
        }
        self.unit = unit
        program = Program(words: words + [verb.rawValue, "--", unit], environment: environment)
    }

    /// A service by its full name. Neither a pattern (`*`), nor an option, nor a path, nor another kind of unit: the end of a
    /// scope or slice would take with it what is no app.
    static func isUnit(_ text: String) -> Bool {
        let suffix = ".service"
        guard text.hasSuffix(suffix), text.utf8.count <= 255, text.utf8.count > suffix.utf8.count,
            let first = text.unicodeScalars.first, first != "-", first != "."
        else { return false }
        return text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
            case UInt8(ascii: "0")...UInt8(ascii: "9"): true
            case UInt8(ascii: ":"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "@"),
                UInt8(ascii: "\\"):
                true
            default: false
            }
        }
    }

    func perform(by deadline: Deadline, reply: CallReply) throws(CallTrouble) {
        guard let end = try program.run(in: nil, by: deadline, onLate: { reply(.timedOut) }) else { return }
        let answer = end.answer(of: "systemctl")
        guard case .failed(let sentence) = answer, Self.isForbidden(end.output) else { return reply(answer) }
        reply(.failed("\(sentence) (polkit has to allow it to the agent's user: OPERATING.md, systemd)"))
    }

    /// What systemd says to a user whom polkit does not allow it.
    private static func isForbidden(_ output: [UInt8]) -> Bool {
        let said = String(decoding: output, as: UTF8.self)
        return said.contains("nteractive authentication required") || said.contains("Access denied")
    }
}

extension Program.End {
    /// Done where it ended with 0; else how it ended and the last of what it wrote.
    func answer(of name: String) -> ManagerAnswer {
        let said = excerpt(output.suffix(1024))
        let words = said.isEmpty ? "" : ": \(said)"
        return switch status {
        case .code(0): .done
        case .code(let code): .failed("\(name) ended with \(code)\(words)")
        case .signal(let number): .failed("\(name) was ended by signal \(number)\(words)")
        }
    }
}
