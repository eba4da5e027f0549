import Glibc
import ProcFS

/// What a process has open.
extension Neighbour {
    /// More are not listed: a log is among the first that a program opens.
    static let maximumDescriptors = 1024

    /// A descriptor and what its link says.
    struct Descriptor: Hashable {
        var number: Int32
        var link: String
    }

    /// Whose it is, as far as the kernel tells: that of root where it must not be looked into.
    var uid: UInt32 {
        var status = stat()
        return fstat(directory.raw, &status) == 0 ? status.st_uid : 0
    }

    /// What a link of it points at, such as `fd/1`.
    func link(_ name: String) throws(ProcError) -> String {
        try reader.withLink(name, of: directory) { (text) throws(ProcError) in
            var bytes: [UInt8] = []
            bytes.reserveCapacity(text.count)
            for index in 0..<text.count { bytes.append(text[index]) }
            return String(decoding: bytes, as: UTF8.self)
        }
    }

    /// Opens something below its directory in `/proc`.
    func door(_ name: String, flags: CInt) throws(ProcError) -> SharedFD {
        let raw = openat(directory.raw, name, flags | O_CLOEXEC)
        guard raw >= 0 else { throw ProcError(errno: errno, file: name) }
        return SharedFD(adopting: raw)
    }

    /// How it has a descriptor open; `nil` where it has not, or may not be looked at.
    func descriptor(_ number: Int32) -> DescriptorInfo? { Self.descriptor(number, of: directory, reader) }

    /// The same of one of our own.
    static func ownDescriptor(_ number: Int32) -> DescriptorInfo? {
        let reader = ProcReader()
        guard let own = try? reader.processDirectory(getpid()) else { return nil }  // no procfs
        return descriptor(number, of: own, reader)
    }

    private static func descriptor(
        _ number: Int32, of directory: borrowing OwnedFD, _ reader: ProcReader
    ) -> DescriptorInfo? {
        do throws(ProcError) {
            return try reader.withFile("fdinfo/\(number)", of: directory) { (text) throws(ProcError) in
                try DescriptorInfo(parsing: text)
            }
        } catch {
            return nil
        }
    }

    /// What it has open, ascending; nothing where it may not be looked at.
    func descriptors() -> [Descriptor] {
        do throws(ProcError) {
            let numbers = try reader.descriptorNumbers(of: directory, limit: Self.maximumDescriptors)
            return numbers.compactMap { number in
                // Closed since it was listed.
                guard let link = try? link("fd/\(number)") else { return nil }
                return Descriptor(number: number, link: link)
            }
        } catch {
            return []
        }
    }

    /// Variables it was started with, as far as they are asked for.
    func environment(_ wanted: ProcessEnvironment.Wanted) -> [String: String] {
        // Another user's, or it has ended: nothing is known.
        (try? reader.environment(of: directory, wanted: wanted)) ?? [:]
    }

    /// As the kernel calls it.
    var name: String { excerpt(file("comm") ?? [], limit: 32) }
}
