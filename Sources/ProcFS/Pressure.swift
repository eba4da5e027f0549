/// Time in which some task of the machine waited for a resource, from `/proc/pressure/{cpu,memory,io}`.
/// Documentation/accounting/psi.rst. Absent where the kernel has no PSI or was booted with `psi=0`.
public struct Pressure: Equatable, Sendable {
    /// `some … total=`, in microseconds; a counter.
    public var someMicroseconds: UInt64

    public init(parsing text: Span<UInt8>) throws(ProcError) {
        var lines = Lines()
        while let line = lines.next(in: text) {
            guard text.matches("some ", at: line.lowerBound) else { continue }
            var start = line.lowerBound
            while start < line.upperBound, !text.matches("total=", at: start) { start += 1 }
            var fields = Fields(start + 6..<max(start + 6, line.upperBound), in: text, file: "pressure")
            someMicroseconds = try fields.next("total", in: text)
            return
        }
        throw ProcError(malformed: "pressure", field: "some", offset: text.count)
    }
}
