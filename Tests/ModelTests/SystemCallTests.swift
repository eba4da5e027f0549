import Glibc
import Testing

@testable import Model

@Suite struct SystemCallTests {
    @Test func noNumberAndNoNameIsThereTwice() {
        let table = SystemCall.table
        #expect(Set(table.map(\.x86)).count == table.count)
        #expect(Set(table.map(\.name)).count == table.count)
        let generic = table.map(\.generic).filter { $0 != .max }
        #expect(Set(generic).count == generic.count)
    }

    /// Against the headers of this machine, where they are installed: it is the kernel that assigns numbers.
    @Test(arguments: [
        ("/usr/include/x86_64-linux-gnu/asm/unistd_64.h", true), ("/usr/include/asm/unistd_64.h", true),
        ("/usr/include/asm-generic/unistd.h", false),
    ])
    func theTableIsThatOfTheKernelsHeaders(_ path: String, _ isX86: Bool) {
        guard let numbers = Self.numbers(inHeader: path) else { return }
        #expect(numbers.count > 200)
        for row in SystemCall.table {
            let number = isX86 ? row.x86 : row.generic
            // An older header does not know the newest calls, and the generic one not those that it replaced.
            guard let known = numbers[row.name] else {
                #expect(number > 400, "\(row.name) is not in \(path)")
                continue
            }
            #expect(number == known, "\(row.name)")
        }
    }

    @Test func eventWaitsAreLoops() {
        let loops: [(SystemCall, LoopKind, String)] = [
            (.epollWait, .epoll, "epoll_wait"), (.epollPwait, .epoll, "epoll_pwait"),
            (.epollPwait2, .epoll, "epoll_pwait2"), (.poll, .poll, "poll"), (.ppoll, .poll, "ppoll"),
            (.select, .select, "select"), (.pselect, .select, "pselect6"), (.ioUringEnter, .ioUring, "io_uring_enter"),
        ]
        for (call, kind, name) in loops {
            #expect(call.loopKind == kind)
            #expect(call.name == name)
        }
        #expect(SystemCall(number: 202).loopKind == nil)
    }

    @Test func aCallWithoutANameHasItsNumber() { #expect(SystemCall(number: 9999).name == "syscall 9999") }

    @Test func numbersOfOtherMachinesAreTranslated() {
        #expect(SystemCall(generic: 22) == .epollPwait)
        #expect(SystemCall(generic: 98)?.name == "futex")
        for native: UInt64 in [65535, 65536, 1000, .max] { #expect(SystemCall(generic: native) == nil) }
    }

    @Test func aNativeNumberNeedsToFit() {
        #expect(SystemCall(native: .max) == nil)
        #expect(SystemCall(native: 1 << 30) == nil)
        #expect(SystemCall(native: 441) == .epollPwait2)
    }

    /// `#define __NR_name number`, and the generic header's `#define __NR_name __NR3264_other`.
    private static func numbers(inHeader path: String) -> [String: UInt16]? {
        guard let file = fopen(path, "r") else { return nil }
        defer { fclose(file) }
        var text: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while case let count = fread(&buffer, 1, buffer.count, file), count > 0 { text += buffer[..<count] }
        var values: [String: String] = [:]
        for line in String(decoding: text, as: UTF8.self).split(separator: "\n") {
            let words = line.split(whereSeparator: \.isWhitespace)
            guard words.count >= 3, words[0] == "#define", words[1].hasPrefix("__NR") else { continue }
            values[String(words[1])] = values[String(words[1])] ?? String(words[2])
        }
        var numbers: [String: UInt16] = [:]
        for (name, value) in values where name.hasPrefix("__NR_") {
            numbers[String(name.dropFirst(5))] = UInt16(value) ?? values[value].flatMap { UInt16($0) }
        }
        return numbers
    }
}
