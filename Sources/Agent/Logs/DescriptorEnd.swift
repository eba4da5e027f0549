import CLinux
import Glibc
import Model
import ProcFS

/// Where what a process writes to a descriptor goes.
enum DescriptorEnd {
    case file(OpenLog)
    /// By its inode; and which one the descriptor is, for the journal's own word on it.
    case socket(inode: UInt64, device: UInt64)
    case pipe(inode: UInt64)
    /// Where it cannot be read: what there is in its place, and why.
    case nowhere(String)

    /// A worker may point its descriptors at anything it can name, and the agent may be allowed to read what the worker
    /// is not. So a file is read only where the worker has it open for writing (O_PATH needs no permission), which is
    /// asked of the very file that was taken hold of: whatever the worker does meanwhile, it is not another one.
    init(_ number: Int32, of process: Neighbour) {
        let link: String
        do throws(ProcError) {
            link = try process.link("fd/\(number)")
        } catch .vanished {
            self = .nowhere("closed")
            return
        } catch .denied {
            self = .nowhere("not to be seen: the process is another user's, and the agent lacks CAP_SYS_PTRACE")
            return
        } catch {
            self = .nowhere("it cannot be looked at")
            return
        }
        if let inode = Self.number(in: link, "pipe:[") {
            self = .pipe(inode: inode)
            return
        }
        let name = excerpt(link, limit: 160)
        let place: SharedFD
        var status = stat()
        do throws(ProcError) {
            place = try process.door("fd/\(number)", flags: looptop_path_only)
            guard fstat(place.raw, &status) == 0 else { throw ProcError(errno: errno, file: "fd") }
        } catch {
            self = .nowhere("\(name), which cannot be looked at")
            return
        }
        switch status.st_mode & S_IFMT {
        case S_IFREG: self = Self.file(place, number, link, of: process)
        case S_IFSOCK: self = .socket(inode: UInt64(status.st_ino), device: UInt64(status.st_dev))
        case S_IFIFO: self = .nowhere("the pipe \(name); who reads it is not known")
        case S_IFCHR where link == "/dev/null": self = .nowhere("/dev/null, which keeps nothing")
        case S_IFCHR where link.hasPrefix("/dev/pts/") || link.hasPrefix("/dev/tty"):
            self = .nowhere("a terminal (\(name)), which keeps nothing")
        default: self = .nowhere("\(name), which keeps nothing")
        }
    }

    private static func file(
        _ place: SharedFD, _ number: Int32, _ path: String, of process: Neighbour
    ) -> DescriptorEnd {
        let name = excerpt(path, limit: 160)
        guard let theirs = process.descriptor(number), theirs.isWritable else {
            return .nowhere("\(name), which is not open for writing")
        }
        guard let ours = Neighbour.ownDescriptor(place.raw) else {
            return .nowhere("\(name), which cannot be told from other files")
        }
        switch ours.isSameFile(as: theirs) {
        case true?: break
        case false?: return .nowhere("another file since a moment ago")
        case nil:
            // Before Linux 5.14: where the worker could do no more than we, nothing is to be won by deceit.
            guard process.uid == geteuid() else {
                return .nowhere("\(name); this kernel (before 5.14) does not say enough to read it safely")
            }
        }
        let raw = open("/proc/self/fd/\(place.raw)", O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
        guard raw >= 0 else {
            let cause = errno
            return .nowhere("\(name), which the agent may not read: \(reason(cause))")
        }
        guard let log = OpenLog(SharedFD(adopting: raw), path: path) else {
            return .nowhere("\(name), which is no plain file")
        }
        return .file(log)
    }

    private static func number(in link: String, _ start: String) -> UInt64? {
        guard link.hasPrefix(start), link.hasSuffix("]") else { return nil }
        return UInt64(link.dropFirst(start.count).dropLast())
    }
}
