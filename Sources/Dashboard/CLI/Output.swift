import ArgumentParser
import Console
import Glibc

/// Data goes to stdout, everything else to stderr.
enum Output {
    /// Ends the process quietly when nobody reads any more, as `looptop ls | head -1` should.
    static func data(_ text: String) {
        var text = text
        let error = text.withUTF8 { write($0, to: STDOUT_FILENO) }
        switch error {
        case 0: break
        case EPIPE: exit(CommandStatus.brokenPipe.rawValue)
        default:
            note("writing the output failed: \(String(cString: strerror(error)))")
            exit(CommandStatus.ioError.rawValue)
        }
    }

    /// A line for the person at the terminal. May hold text of other machines: every line is made safe.
    static func note(_ text: String) {
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            var line = "looptop: \(SafeText(line).string)\n"
            _ = line.withUTF8 { write($0, to: STDERR_FILENO) }  // nobody is left to tell
        }
    }

    /// A question, without a newline.
    static func prompt(_ text: String) {
        var text = text
        _ = text.withUTF8 { write($0, to: STDERR_FILENO) }
    }

    /// Says why and makes the error that ends the command with that status.
    static func failure(_ status: CommandStatus, _ text: String) -> ExitCode {
        note(text)
        return ExitCode(status.rawValue)
    }

    static var isTerminal: Bool { isatty(STDOUT_FILENO) == 1 }

    /// 0 or an errno.
    private static func write(_ bytes: UnsafeBufferPointer<UInt8>, to descriptor: CInt) -> CInt {
        var rest = UnsafeRawBufferPointer(bytes)
        while !rest.isEmpty {
            let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
            if count >= 0 {
                rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(count))
            } else if errno != EINTR {
                return errno
            }
        }
        return 0
    }
}
