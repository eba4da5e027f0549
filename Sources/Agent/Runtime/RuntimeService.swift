import Glibc
import Transport

/// Where runtimes report, as the flags have it.
struct RuntimeSettings: Sendable, Equatable {
    static let flag = "--runtime-socket"

    var path: String
    /// Its directory is for this socket alone, and all users may enter it.
    var isForAll = false
    /// Named by a flag: then it must work, else the agent does without.
    var isRequired = false

    /// `flag` is what `--runtime-socket` says, `socket` what `--socket` says; `nil` when it is off.
    init?(flag: String?, socket: String?, environment: [String: String], uid: UInt32) {
        switch flag {
        case "off": return nil
        case let path?: (self.path, isRequired) = (path, true)
        case nil: (path, isForAll) = DefaultSocket.runtimePath(environment: environment, uid: uid, socket: socket)
        }
    }
}

/// The receiver on its thread, and the board it writes to.
struct RuntimeService {
    let board: RuntimeBoard
    private let bell: Doorbell
    private let thread: NamedThread

    /// The socket is made here, so that the caller hears what goes wrong with it.
    init(
        settings: RuntimeSettings, limits: RuntimeLimits, warn: @escaping @Sendable (String) -> Void
    ) throws(Fatal) {
        let socket: OpenSocket
        do throws(TransportError) {
            socket = try OpenSocket(settings.path, opensDirectory: settings.isForAll, flag: RuntimeSettings.flag)
        } catch {
            throw Fatal(ExitCode(error), error.text)
        }
        board = RuntimeBoard()
        bell = try Doorbell()
        // Made here, and then given to its thread for good.
        nonisolated(unsafe) let receiver = try RuntimeReceiver(
            socket: socket, board: board, bell: bell, limits: limits, warn: warn)
        thread = try NamedThread("runtime") { receiver.run() }
    }

    /// The socket's file goes with the thread.
    func stop() {
        bell.ring()
        thread.join()
    }
}
