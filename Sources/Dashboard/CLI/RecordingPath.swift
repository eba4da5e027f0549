import ArgumentParser
import Glibc
import Model
import Wire

/// A file that a recording is written to, in parts, each of them whole.
struct RecordingOutput: ~Copyable {
    enum Failure: Error {
        case cannotCreate(String, errno: CInt)
        case cannotWrite(String, errno: CInt)
    }

    let path: String
    private let descriptor: CInt
    private(set) var byteCount = 0

    /// What comes still, when it is ended now, fits.
    var isFull: Bool { byteCount > RecordingPath.byteLimit - RecordingPath.byteLimit / 8 }

    /// Only its owner may read it: command lines and events are in it. One that is there already is not overwritten.
    init(creating path: String) throws(Failure) {
        self.path = path
        descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .cannotCreate(path, errno: errno) }
        try write(RecordingFile.head)
    }

    deinit { close(descriptor) }

    mutating func write(_ chunks: [RecordingChunk]) throws(Failure) {
        for chunk in chunks { try write(RecordingFile.bytes(of: chunk)) }
    }

    private mutating func write(_ bytes: [UInt8]) throws(Failure) {
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.write(descriptor, $0.baseAddress.map { $0 + done }, $0.count - done)
            }
            if count >= 0 {
                done += count
            } else if errno != EINTR {
                throw .cannotWrite(path, errno: errno)
            }
        }
        byteCount += bytes.count
    }

    /// Has it on the disk.
    borrowing func finish() throws(Failure) {
        guard fsync(descriptor) != 0 else { return }
        // Pipes and devices keep nothing.
        if errno != EINVAL, errno != EROFS { throw .cannotWrite(path, errno: errno) }
    }

    /// Nothing came of it.
    borrowing func discard() { unlink(path) }
}

extension Output {
    static func failure(_ error: RecordingOutput.Failure) -> ExitCode {
        let (status, path, errno): (CommandStatus, String, CInt) =
            switch error {
            case .cannotCreate(let path, let errno): (.cannotCreate, path, errno)
            case .cannotWrite(let path, let errno): (.ioError, path, errno)
            }
        return failure(status, "\(path): \(String(cString: strerror(errno)))")
    }
}

/// A recording as a command is given it.
enum RecordingPath {
    /// What is read of a file at most, and with some room to spare written to one.
    static let byteLimit = 1 << 30

    /// Whole; a note about each thing that is wrong with it. Ends the command where nothing can be read.
    static func read(_ path: String) throws -> StoredRecording {
        let bytes = try contents(of: path)
        let stored: StoredRecording
        do throws(StoredRecording.Refusal) {
            stored = try StoredRecording(bytes)
        } catch {
            let reason =
                switch error {
                case .file(.notARecording): "is no recording of looptop"
                case .file(.version(let version)):
                    "is a recording of version \(version), this looptop reads 1: upgrade it"
                case .empty: "holds no snapshot: nothing was recorded, or all of it is damaged"
                }
            throw Output.failure(.configuration, "\(path) \(reason)")
        }
        for damage in stored.damages { Output.note("\(path): \(damage)") }
        return stored
    }

    private static func contents(of path: String) throws -> [UInt8] {
        func failure() -> any Error { Output.failure(.ioError, "\(path): \(String(cString: strerror(errno)))") }
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure() }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        while true {
            let start = bytes.count
            bytes.append(contentsOf: repeatElement(0, count: 1 << 20))
            let count = bytes.withUnsafeMutableBytes {
                Glibc.read(descriptor, $0.baseAddress.map { $0 + start }, $0.count - start)
            }
            guard count >= 0 || errno == EINTR else { throw failure() }
            bytes.removeLast(bytes.count - start - max(count, 0))
            if count == 0 { return bytes }
            guard bytes.count <= byteLimit else {
                throw Output.failure(.ioError, "\(path) is larger than 1 GiB: cut it with looptop export --from")
            }
        }
    }
}
