import Model

/// Entries of a journal in the export format, as `journalctl --output=export` writes them: lines `FIELD=text`, or for any
/// bytes a line `FIELD`, eight bytes of length (the lowest first) and the bytes; an empty line ends an entry.
/// systemd.io/JOURNAL_EXPORT_FORMATS.
struct JournalEntries: Sendable {
    struct Entry: Hashable, Sendable {
        var cursor = ""
        var time: WallTime?
        var pid: Int32?
        var message: [UInt8] = []
    }

    /// Oldest first, as they came. One without a cursor was cut, and is left out.
    private(set) var entries: [Entry] = []
    /// Lines that are none of the format: what the program had to say.
    private(set) var said: [UInt8] = []

    /// Never fails: what is not understood is passed over.
    init(parsing bytes: [UInt8]) {
        var entry = Entry()
        var index = 0
        while index < bytes.count {
            let end = bytes[index...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
            let line = bytes[index..<end]
            index = end + 1
            if line.isEmpty {
                finish(&entry)
            } else if let equals = Self.nameEnd(line), equals < line.endIndex {
                entry.take(line[..<equals], line[(equals + 1)...])
            } else if Self.nameEnd(line) == line.endIndex, let value = Self.value(at: index, of: bytes) {
                entry.take(line, bytes[value])
                index = value.upperBound + 1
            } else {
                said += line + [UInt8(ascii: "\n")]
            }
        }
        finish(&entry)
    }

    private mutating func finish(_ entry: inout Entry) {
        if !entry.cursor.isEmpty { entries.append(entry) }
        entry = Entry()
    }

    /// `s=…;i=…;b=…;m=…;t=…;x=…`: letters, digits and three signs; it can be no option of its own.
    static func isCursor(_ text: some Collection<UInt8>) -> Bool {
        text.count <= 256 && text.starts(with: "s=".utf8)
            && text.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                    UInt8(ascii: "="), UInt8(ascii: ";"), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }

    /// Where the name of a field ends: at its `=`, or at the end of the line; `nil` where it is no name.
    private static func nameEnd(_ line: ArraySlice<UInt8>) -> Int? {
        let end = line.firstIndex { !isNameByte($0) } ?? line.endIndex
        guard end > line.startIndex, end == line.endIndex || line[end] == UInt8(ascii: "=") else { return nil }
        return end
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"): true
        default: false
        }
    }

    /// The bytes behind a length; `nil` where there are fewer.
    private static func value(at index: Int, of bytes: [UInt8]) -> Range<Int>? {
        guard bytes.count - index >= 8 else { return nil }
        var length: UInt64 = 0
        for step in 0..<8 { length |= UInt64(bytes[index + step]) << UInt64(8 * step) }
        guard length <= UInt64(bytes.count - index - 8) else { return nil }
        return index + 8..<index + 8 + Int(length)
    }
}

extension JournalEntries.Entry {
    fileprivate mutating func take(_ name: ArraySlice<UInt8>, _ value: ArraySlice<UInt8>) {
        switch String(decoding: name, as: UTF8.self) {
        case "__CURSOR": if JournalEntries.isCursor(value) { cursor = String(decoding: value, as: UTF8.self) }
        case "__REALTIME_TIMESTAMP":
            guard let microseconds = Int64(String(decoding: value, as: UTF8.self)), microseconds >= 0 else { return }
            let (nanoseconds, overflow) = microseconds.multipliedReportingOverflow(by: 1000)
            if !overflow { time = WallTime(nanoseconds: nanoseconds) }
        case "_PID": pid = Int32(String(decoding: value, as: UTF8.self))
        case "MESSAGE": message = Array(value)
        default: break
        }
    }
}
