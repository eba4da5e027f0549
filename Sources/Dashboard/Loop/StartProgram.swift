import CLinux
import Glibc

/// Starts the program at `path` with these words, the first of which is its name, without a shell and in our own network,
/// else as `settings` say (`CLinuxSpawn.h`). `child` is whom to listen to and to wait for.
///
/// - Returns: 0, or the negative number of the error.
func startProgram(
    _ path: String, _ words: [String], _ child: inout looptop_child, _ settings: (inout looptop_program) -> Void
) -> CInt {
    let arguments = words.map { strdup($0) } + [nil]
    defer { for text in arguments { free(text) } }
    return path.withCString { path in
        arguments.withUnsafeBufferPointer { arguments in
            var program = looptop_program()
            program.path = path
            program.arguments = arguments.baseAddress
            program.network = -1
            settings(&program)
            return looptop_spawn(&program, &child)
        }
    }
}
