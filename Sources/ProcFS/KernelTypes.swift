internal import Glibc

/// Where the members of the running kernel's own structures are, from the description that it has of its types (BTF).
/// `/sys/kernel/btf/vmlinux`, Documentation/bpf/btf.rst; kernels without CONFIG_DEBUG_INFO_BTF have none.
///
/// Readable for everybody; 5 MiB, and 10 to 20 ms: to be read once.
public struct KernelTypes: Equatable, Sendable {
    /// Of a structure's member, in bytes from its start; by the names of both.
    private var offsets: [String: [String: UInt32]] = [:]
    /// Numbers of function types, and of other names for types, by name.
    private var functions: [String: UInt32] = [:]
    private var typedefs: [String: UInt32] = [:]

    public static let path = "/sys/kernel/btf/vmlinux"
    private static let maximumBytes = 64 << 20
    /// Unnamed structures in structures.
    private static let maximumDepth = 8

    /// `nil` where this kernel has no such member, or it is part of a byte.
    public func offset(of member: String, in structure: String) -> UInt32? { offsets[structure]?[member] }

    /// The same; throws `.vanished` where there is none.
    public func place(of member: String, in structure: String) throws(ProcError) -> UInt32 {
        guard let offset = offset(of: member, in: structure) else { throw .vanished(file: "\(structure).\(member)") }
        return offset
    }

    public func number(ofFunction name: String) -> UInt32? { functions[name] }

    public func number(ofTypedef name: String) -> UInt32? { typedefs[name] }

    /// Of the running kernel: the members that are named, by their structures, the functions, and other names for types.
    public init(
        members: [String: [String]], functions: Set<String>, typedefs: Set<String> = []
    ) throws(ProcError) {
        let file = try OwnedFD(opening: Self.path, below: AT_FDCWD, flags: O_RDONLY | O_CLOEXEC)
        var status = stat()
        guard fstat(file.raw, &status) == 0 else { throw ProcError(errno: errno, file: Self.path) }
        let length = Int(status.st_size)
        guard length > 0, length <= Self.maximumBytes else { throw Self.malformed("size", 0) }
        // Not the allocator's: it would keep what is freed, or think such blocks usual.
        guard let memory = mmap(nil, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
            memory != MAP_FAILED
        else { throw ProcError(errno: errno, file: Self.path) }
        defer { munmap(memory, length) }
        var filled = 0
        while filled < length {
            let count = read(file.raw, memory + filled, length - filled)
            if count == 0 { break }
            if count < 0, errno != EINTR { throw ProcError(errno: errno, file: Self.path) }
            filled += max(0, count)
        }
        let bytes = UnsafeBufferPointer(start: memory.assumingMemoryBound(to: UInt8.self), count: filled)
        try self.init(parsing: bytes.span, members: members, functions: functions, typedefs: typedefs)
    }

    public init(
        parsing bytes: Span<UInt8>, members: [String: [String]], functions: Set<String>, typedefs: Set<String> = []
    ) throws(ProcError) {
        let table = try Table(parsing: bytes)
        for (name, id) in table.find(kind: .structure, Set(members.keys), in: bytes) {
            for member in members[name] ?? [] {
                let offset = table.offset(of: Array(member.utf8), inType: id, depth: Self.maximumDepth, in: bytes)
                if let offset { offsets[name, default: [:]][member] = offset }
            }
        }
        self.functions = table.find(kind: .function, functions, in: bytes)
        self.typedefs = table.find(kind: .typedef, typedefs, in: bytes)
    }

    fileprivate static func malformed(_ field: StaticString, _ offset: Int) -> ProcError {
        ProcError(malformed: "btf", field: field, offset: offset)
    }

    fileprivate enum Kind: UInt32 {
        case structure = 4
        case union = 5
        case typedef = 8
        case function = 12
    }
}

extension KernelTypes {
    /// All types, in the order of their numbers, which begin with 1.
    fileprivate struct Table {
        private static let magic: UInt32 = 0xEB9F
        /// `struct btf_type`, and `struct btf_member` behind it.
        private static let typeBytes = 12
        private static let memberBytes = 12

        private let strings: Range<Int>
        /// Where each begins.
        private var places: [UInt32] = []

        init(parsing bytes: Span<UInt8>) throws(ProcError) {
            // `struct btf_header`
            guard bytes.word(at: 0).map({ $0 & 0xFFFF }) == Self.magic, let header = bytes.word(at: 4),
                let types = Self.section(at: 8, behind: header, in: bytes),
                let strings = Self.section(at: 16, behind: header, in: bytes)
            else { throw KernelTypes.malformed("header", 0) }
            self.strings = strings
            places.reserveCapacity(types.count / 24)
            var place = types.lowerBound
            while place < types.upperBound {
                guard let info = bytes.word(at: place + 4), let more = Self.length(behind: info) else {
                    throw KernelTypes.malformed("type", place)
                }
                places.append(UInt32(clamping: place))
                place += Self.typeBytes + more
            }
        }

        private static func section(at place: Int, behind header: UInt32, in bytes: Span<UInt8>) -> Range<Int>? {
            guard let offset = bytes.word(at: place), let length = bytes.word(at: place + 4) else { return nil }
            let start = Int(header) + Int(offset)
            return start + Int(length) <= bytes.count ? start..<start + Int(length) : nil
        }

        /// What follows a type, by its kind and how many members it has. `nil` for a kind that is not known.
        private static func length(behind info: UInt32) -> Int? {
            let count = Int(info & 0xFFFF)
            return switch kind(info) {
            case 1, 14, 17: 4  // int, variable, declaration tag
            case 2, 7, 8, 9, 10, 11, 12, 16, 18: 0
            case 3: 12  // array
            case 4, 5, 15, 19: 12 * count  // structure, union, section, enumeration of 64 bits
            case 6, 13: 8 * count  // enumeration, parameters
            default: nil
            }
        }

        private static func kind(_ info: UInt32) -> UInt32 { info >> 24 & 0x1F }

        /// The numbers of the first types of this kind that have these names.
        func find(kind: Kind, _ names: Set<String>, in bytes: Span<UInt8>) -> [String: UInt32] {
            var left = names.map { (name: $0, bytes: Array($0.utf8)) }
            var found: [String: UInt32] = [:]
            for (index, place) in places.enumerated() where !left.isEmpty {
                let place = Int(place)
                guard let info = bytes.word(at: place + 4), Self.kind(info) == kind.rawValue,
                    let name = bytes.word(at: place),
                    let which = left.firstIndex(where: { isName(name, $0.bytes, in: bytes) })
                else { continue }
                found[left.remove(at: which).name] = UInt32(clamping: index + 1)
            }
            return found
        }

        /// Members of unnamed structures and unions are those of the one around them.
        func offset(of member: [UInt8], inType id: UInt32, depth: Int, in bytes: Span<UInt8>) -> UInt32? {
            guard depth > 0, id > 0, Int(id) <= places.count else { return nil }
            let place = Int(places[Int(id) - 1])
            guard let info = bytes.word(at: place + 4),
                [Kind.structure.rawValue, Kind.union.rawValue].contains(Self.kind(info))
            else { return nil }
            let hasBitfields = info >> 31 == 1
            for index in 0..<Int(info & 0xFFFF) {
                let entry = place + Self.typeBytes + index * Self.memberBytes
                guard let name = bytes.word(at: entry), let type = bytes.word(at: entry + 4),
                    let position = bytes.word(at: entry + 8)
                else { return nil }
                let bits = hasBitfields ? position & 0xFF_FFFF : position
                if name == 0 {
                    let inner = offset(of: member, inType: type, depth: depth - 1, in: bytes)
                    if let inner { return inner + bits / 8 }
                } else if isName(name, member, in: bytes) {
                    return bits % 8 == 0 ? bits / 8 : nil
                }
            }
            return nil
        }

        private func isName(_ offset: UInt32, _ name: [UInt8], in bytes: Span<UInt8>) -> Bool {
            let start = strings.lowerBound + Int(offset)
            guard start + name.count < strings.upperBound, bytes[start + name.count] == 0 else { return false }
            for index in name.indices where bytes[start + index] != name[index] { return false }
            return true
        }
    }
}

extension Span where Element == UInt8 {
    /// Little-endian, as all machines are for which there is a Swift on Linux.
    fileprivate func word(at offset: Int) -> UInt32? {
        guard offset >= 0, offset <= count - 4 else { return nil }
        var value: UInt32 = 0
        for index in (0..<4).reversed() { value = value << 8 | UInt32(self[offset + index]) }
        return value
    }
}
