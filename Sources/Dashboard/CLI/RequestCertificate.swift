import ArgumentParser
import Console
import Glibc
import Trust

/// `looptop request`: the first step of another person into the fleet.
struct RequestCertificate: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "request",
        abstract: "Ask for a certificate of your own: print what whoever made the fleet needs.",
        discussion: """
            Makes a key that never leaves this machine, and prints a request for it. Send that to whoever ran \
            looptop init; they answer with what `looptop grant` prints, and `looptop join` takes it. The same way \
            leads to a new certificate before the old one expires. Nothing that is sent is secret, but compare the \
            fingerprints that both sides are shown.
            """)

    @OptionGroup var state: StateOptions

    mutating func run() throws {
        let store = try state.store()
        do throws(TrustError) {
            let key = try store.requestedKey()
            let request = try PersonRequest.pem(for: key)
            Output.data(request)
            Output.note(
                """
                your key is \(Fingerprint.text(key.spkiHash)), kept in \(store.directory)
                Send the request to whoever has the fleet's CA key. They run:  looptop grant FILE --name YOU --role viewer
                and you, with what that prints:  looptop join FILE
                """)
        } catch {
            throw Output.failure(error)
        }
    }
}

/// How keys are told apart by people.
enum Fingerprint {
    static func text(_ hash: [UInt8]) -> String {
        "sha256:" + hash.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}

/// What somebody was sent: a file, or `-` for what they pipe or paste in.
func pasted(_ path: String, limit: Int) throws -> [UInt8] {
    if path == "-", isatty(STDIN_FILENO) == 1 { Output.note("paste it, then Ctrl-D on an empty line:") }
    do throws(InputText.Problem) { return try InputText.read(path, limit: limit) } catch {
        throw Output.failure(.ioError, error.sentence)
    }
}
