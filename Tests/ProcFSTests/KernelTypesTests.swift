import Glibc
import TestSupport
import Testing

@testable import ProcFS

@Suite struct KernelTypesTests {
    private static let members = [
        "outer": ["first", "second", "inside", "deep", "half", "none"], "missing": ["first"],
    ]

    /// Types by hand: `struct outer` with an unnamed structure in it, which holds an unnamed union and a field of 4 bits.
    private static let sample: [UInt8] = {
        var strings: [UInt8] = [0]
        func name(_ text: String) -> UInt32 {
            defer { strings += Array(text.utf8) + [0] }
            return UInt32(strings.count)
        }
        func words(_ words: UInt32...) -> [UInt8] {
            words.flatMap { word in (0..<4).map { UInt8(word >> (8 * $0) & 0xFF) } }
        }
        func info(_ kind: UInt32, _ count: UInt32 = 0, bits: Bool = false) -> UInt32 {
            (bits ? 1 << 31 : 0) | kind << 24 | count
        }
        var types = words(name("int"), info(1), 4, 0x20)  // 1
        types += words(0, info(5, 1), 8) + words(name("deep"), 1, 0)  // 2: a union
        types += words(0, info(4, 3, bits: true), 24)  // 3: a structure whose members may be parts of a byte
        types += words(name("inside"), 1, 0) + words(0, 2, 64) + words(name("half"), 1, 4 << 24 | 132)
        types += words(name("outer"), info(4, 3), 64)  // 4
        types += words(name("first"), 1, 0) + words(name("second"), 1, 32) + words(0, 3, 128)
        types += words(name("proto"), info(13, 2), 1) + words(0, 1) + words(0, 1)  // 5
        types += words(name("run"), info(12), 5)  // 6
        types += words(name("number"), info(8), 1)  // 7
        let header = words(0x0001_EB9F, 24, 0, UInt32(types.count), UInt32(types.count), UInt32(strings.count))
        return header + types + strings
    }()

    private static func types(of bytes: [UInt8]) throws(ProcError) -> KernelTypes {
        try KernelTypes(
            parsing: bytes.span, members: members, functions: ["run", "walk"], typedefs: ["number", "run"])
    }

    @Test func membersOfUnnamedStructuresAreThoseOfTheOneAround() throws {
        let types = try Self.types(of: Self.sample)
        #expect(types.offset(of: "first", in: "outer") == 0)
        #expect(types.offset(of: "second", in: "outer") == 4)
        #expect(types.offset(of: "inside", in: "outer") == 16)
        #expect(types.offset(of: "deep", in: "outer") == 24)
        #expect(types.offset(of: "half", in: "outer") == nil)  // bit 4 of a byte
        #expect(types.offset(of: "none", in: "outer") == nil)
        #expect(types.offset(of: "first", in: "missing") == nil)
        #expect(types.number(ofFunction: "run") == 6)
        #expect(types.number(ofFunction: "walk") == nil)
        #expect(types.number(ofTypedef: "number") == 7)
        #expect(types.number(ofTypedef: "run") == nil, "a function")
    }

    /// Cut anywhere it is refused or lacks something, and with any byte changed it is read to the end all the same.
    @Test func damageIsNoTrap() throws {
        let whole = try Self.types(of: Self.sample)
        for length in 0..<Self.sample.count {
            let cut = try? Self.types(of: Array(Self.sample.prefix(length)))
            #expect(cut != whole)
        }
        for place in Self.sample.indices {
            for byte in [0, 1, 0x7F, 0x80, 0xFF] as [UInt8] {
                var bytes = Self.sample
                bytes[place] = byte
                _ = try? Self.types(of: bytes)
            }
        }
    }

    @Test(.enabled(if: access(KernelTypes.path, R_OK) == 0)) func theRunningKernelsAreRead() throws {
        let members = ["list_head": ["next", "prev"], "task_struct": ["pid", "tgid", "nobody"]]
        let types = try KernelTypes(members: members, functions: ["bpf_iter_task", "no_such_function"])
        #expect(types.offset(of: "next", in: "list_head") == 0)
        #expect(types.offset(of: "prev", in: "list_head") == UInt32(MemoryLayout<UInt>.size))
        let pid = try #require(types.offset(of: "pid", in: "task_struct"))
        #expect(types.offset(of: "tgid", in: "task_struct") == pid + 4)
        #expect(types.offset(of: "nobody", in: "task_struct") == nil)
        #expect(types.number(ofFunction: "no_such_function") == nil)
        #expect(types.number(ofTypedef: "bpf_iter_task") == nil)
    }
}
