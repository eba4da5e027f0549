import CLinux
import Control
import Glibc
import Model
import ProcFS

/// The process for whose sake a manager is asked: its files, its network and its ancestors. Used on one thread.
///
/// Its directory in `/proc` is held open, so that a later process of the same number is never taken for it.
final class Neighbour {
    /// A process and the number it has in its own pid namespace.
    struct Kin: Hashable {
        var pid: Int32
        var innermost: Int32
    }

    static let maximumDepth = 64

    let pid: Int32
    let reader: ProcReader
    let directory: OwnedFD

    /// Throws where it has ended. `startTicks` says which one is meant, where the pid alone does not.
    init(pid: Int32, startTicks: UInt64? = nil, procRoot: String = "/proc") throws(CallTrouble) {
        self.pid = pid
        reader = ProcReader(root: procRoot)
        do throws(ProcError) {
            directory = try reader.processDirectory(pid)
            let found = try reader.withFile("stat", of: directory) { (text) throws(ProcError) in
                try ProcessStat(parsing: text).startTicks
            }
            guard startTicks ?? found == found else { throw ProcError.vanished(file: "stat") }
        } catch {
            throw .failed("process \(pid) has ended")
        }
    }

    /// What it calls `/`, where that is not what we call so (a container, chroot(2)); `nil` where it is, or cannot be told.
    func foreignRoot() -> SharedFD? {
        let raw = openat(directory.raw, "root", looptop_path_only | O_DIRECTORY | O_CLOEXEC)
        guard raw >= 0 else { return nil }
        let root = SharedFD(adopting: raw)
        var theirs = stat()
        var ours = stat()
        guard fstat(root.raw, &theirs) == 0, stat("/", &ours) == 0 else { return nil }
        let isSame = theirs.st_dev == ours.st_dev && theirs.st_ino == ours.st_ino
        return isSame && namespace("mnt", of: directory) == ownNamespace("mnt") ? nil : root
    }

    enum Network: Sendable {
        case ours
        /// Where it can be entered.
        case theirs(SharedFD)
        /// Another one than ours, which we may not enter.
        case closed
    }

    func network() -> Network {
        guard let theirs = namespace("net", of: directory), theirs != ownNamespace("net") else { return .ours }
        do throws(ProcError) {
            let door = SharedFD(try directory.open("ns/net"))
            let socket = looptop_socket_in(door.raw, AF_INET, CInt(SOCK_STREAM.rawValue))
            guard socket >= 0 else { return .closed }
            close(socket)
            return .theirs(door)
        } catch {
            return .closed
        }
    }

    /// It and its parents up to the first process, nearest first. Ends early where one of them ends meanwhile.
    func kin() -> [Kin] {
        var kin: [Kin] = []
        var next = pid
        while next > 0, kin.count < Self.maximumDepth, let found = Self.relation(of: next, reader: reader) {
            kin.append(Kin(pid: next, innermost: found.innermost))
            next = found.parent
        }
        return kin
    }

    /// Whether it is, or descends from, the process that has number `pid` with us.
    func descends(from pid: Int32) -> Bool { kin().contains { $0.pid == pid } }

    /// The same by the number that the process has for somebody in its own container.
    func descends(fromInnermost pid: Int32) -> Bool { kin().contains { $0.innermost == pid } }

    func file(_ name: String) -> [UInt8]? { Self.file(name, of: directory, reader: reader) }

    /// A file of another process.
    func file(_ name: String, of pid: Int32) -> [UInt8]? {
        guard let other = try? reader.processDirectory(pid) else { return nil }  // it ended: there is nothing to read
        return Self.file(name, of: other, reader: reader)
    }

    private static func file(_ name: String, of directory: borrowing OwnedFD, reader: ProcReader) -> [UInt8]? {
        do throws(ProcError) {
            return try reader.withFile(name, of: directory) { (text) throws(ProcError) in
                var bytes: [UInt8] = []
                bytes.reserveCapacity(text.count)
                for index in 0..<text.count { bytes.append(text[index]) }
                return bytes
            }
        } catch {
            return nil  // it ended, or may not be read
        }
    }

    private static func relation(of pid: Int32, reader: ProcReader) -> (parent: Int32, innermost: Int32)? {
        guard let directory = try? reader.processDirectory(pid) else { return nil }  // it ended
        guard let status = file("status", of: directory, reader: reader) else { return nil }
        return relation(in: status)
    }

    /// `PPid` and the last number of `NSpid`, which kernels before 4.1 do not have: then there is one number only.
    static func relation(in status: [UInt8]) -> (parent: Int32, innermost: Int32)? {
        var parent: Int32?
        var innermost: Int32?
        var own: Int32?
        for line in status.split(separator: UInt8(ascii: "\n")) {
            let words = line.split { $0 == UInt8(ascii: "\t") || $0 == UInt8(ascii: " ") }
            guard words.count >= 2, let last = Int32(String(decoding: words[words.count - 1], as: UTF8.self)) else {
                continue
            }
            switch String(decoding: words[0], as: UTF8.self) {
            case "Pid:": own = last
            case "PPid:": parent = last
            case "NSpid:": innermost = last
            default: break
            }
        }
        guard let parent, let number = innermost ?? own else { return nil }
        return (parent, number)
    }

    /// `mnt:[4026531840]`; `nil` where it may not be looked at.
    private func namespace(_ kind: String, of directory: borrowing OwnedFD) -> [UInt8]? {
        do throws(ProcError) {
            return try reader.withLink("ns/\(kind)", of: directory) { (text) throws(ProcError) in
                var bytes: [UInt8] = []
                for index in 0..<text.count { bytes.append(text[index]) }
                return bytes
            }
        } catch {
            return nil
        }
    }

    private func ownNamespace(_ kind: String) -> [UInt8]? {
        guard let own = try? reader.processDirectory(getpid()) else { return nil }  // a procfs of others
        return namespace(kind, of: own)
    }
}
