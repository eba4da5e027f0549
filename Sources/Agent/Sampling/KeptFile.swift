import ProcFS

/// A file of a process that stays open between sweeps, which halves the cost of reading it, or is opened each time where
/// descriptors are short (each kept one also holds 4 KiB of kernel memory).
struct KeptFile: ~Copyable {
    let name: StaticString
    private let pid: Int32
    private let file: OwnedFD?

    /// Without a descriptor when `keep` is false or the file cannot be opened: then each read says why.
    init(_ name: StaticString, ofProcess pid: Int32, keep: Bool, reader: ProcReader) {
        self.name = name
        self.pid = pid
        guard keep else {
            file = nil
            return
        }
        do {
            file = try reader.open(name, ofProcess: pid)
        } catch {
            file = nil
        }
    }

    borrowing func read<R>(
        by reader: ProcReader, _ body: (Span<UInt8>) throws(ProcError) -> R
    ) throws(ProcError) -> R {
        switch file {
        case .some(let file): try reader.withKept(file, name: name, body)
        case .none: try reader.withFile(name, ofProcess: pid, body)
        }
    }
}
