import ProcFS

/// A file of a process that stays open between sweeps, which halves the cost of reading it, or is opened each time where
/// descriptors are short (each kept one also holds 4 KiB of kernel memory).
final class KeptFile {
    private let name: String
    private let file: OwnedFD?

    /// Without a descriptor when `keep` is false or the file cannot be opened: then each read says why.
    init(_ name: String, of directory: borrowing OwnedFD, keep: Bool) {
        self.name = name
        guard keep else {
            file = nil
            return
        }
        do {
            file = try directory.open(name)
        } catch {
            file = nil
        }
    }

    func read<R>(
        by reader: ProcReader, of directory: borrowing OwnedFD, _ body: (Span<UInt8>) throws(ProcError) -> R
    ) throws(ProcError) -> R {
        switch file {
        case .some(let file): try reader.withKept(file, name: name, body)
        case .none: try reader.withFile(name, of: directory, body)
        }
    }
}
