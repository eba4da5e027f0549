import Glibc
import Testing

@testable import Console

/// Curses lays out by wcwidth(3); where our table differs, `CursesTerminal` draws `?`. That must stay the exception.
@Test func agreesWithTheSystemOnNearlyEveryDrawableCharacter() throws {
    // Per thread, so other tests keep their locale.
    let locale = try #require(newlocale(LC_CTYPE_MASK, "C.UTF-8", nil))
    let previous = uselocale(locale)
    defer {
        uselocale(previous)
        freelocale(locale)
    }
    var compared = 0
    var different: [UInt32] = []
    for value in UInt32(0x20)...0x3FFFF {
        guard let scalar = Unicode.Scalar(value) else { continue }
        let expected: Int32
        switch CharacterWidth(scalar) {
        case .base(let columns): expected = Int32(columns)
        case .mark: expected = 0
        case .unsafe: continue
        }
        let actual = CursesTerminal.systemWidth(of: value)
        if actual == -1 { continue }  // newer than the system's Unicode
        compared += 1
        if actual != expected { different.append(value) }
    }
    #expect(compared > 130_000)
    #expect(different.count < compared / 500, "\(different.prefix(40).map { String($0, radix: 16) })")
    // What the screens themselves draw, and common scripts, agree without exception.
    let common: [ClosedRange<UInt32>] = [
        0x20...0x7E, 0xA1...0xAC, 0xAE...0x2FF, 0x370...0x377, 0x400...0x482, 0x2500...0x25FF, 0x2800...0x28FF,
        0x3041...0x3096, 0x4E00...0x9FFF, 0xAC00...0xD7A3, 0x1F680...0x1F6C5,
    ]
    #expect(different.filter { value in common.contains { $0.contains(value) } }.isEmpty)
}
