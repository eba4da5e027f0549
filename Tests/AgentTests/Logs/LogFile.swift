import Glibc

@testable import Agent

/// A log of a test's own, written to as a worker does. It goes with this object.
final class LogFile {
    let directory = TemporaryDirectory()
    private(set) var name: String
    private var descriptor: CInt

    var path: String { directory.path + "/" + name }

    init(_ text: String = "", name: String = "app.log") {
        self.name = name
        directory.note(name)
        descriptor = open(directory.path + "/" + name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        write(text)
    }

    deinit { close(descriptor) }

    func write(_ text: String) { write(Array(text.utf8)) }

    func write(_ bytes: [UInt8]) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }

    /// As copytruncate does.
    func cutOff() { ftruncate(descriptor, 0) }

    /// As logrotate does: the file gets another name, and whoever has it open keeps it.
    func rename(to other: String) {
        directory.note(other)
        Glibc.rename(path, directory.path + "/" + other)
    }

    /// Makes nothing of it look new: the last write was long ago.
    func age() {
        var times = [timespec(tv_sec: 1_700_000_000, tv_nsec: 0), timespec(tv_sec: 1_700_000_000, tv_nsec: 0)]
        futimens(descriptor, &times)
    }

    var log: OpenLog? {
        let raw = open(path, O_RDONLY | O_CLOEXEC)
        return raw < 0 ? nil : OpenLog(SharedFD(adopting: raw), path: path)
    }
}
