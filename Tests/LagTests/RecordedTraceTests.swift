import Glibc
import Lag
import Model
import Testing

/// Traces of real workers, replayed, against what their loops knew (`Tests/Fixtures/lag/take`). They keep what was reached:
/// the bars on other parameters, live, are `make bench-lag`.
@Suite struct RecordedTraceTests {
    struct Stretch {
        var end: Int64
        var shortest: Int64
        var longest: Int64

        var start: Int64 { end - longest }
        /// How far a length is outside of what it may be.
        func error(of length: Int64) -> Int64 { max(0, shortest - length, length - longest) }
    }

    struct Recording {
        var truth: [Stretch]
        var stalls: [Stall]
        var start: Int64
        var end: Int64
    }

    private static let stall: Int64 = 40_000_000
    private static let directory =
        #filePath.split(separator: "/").dropLast(2).map { "/" + $0 }.joined() + "/Fixtures/lag"

    private static let names: [String] = {
        guard let listing = opendir(directory) else { return [] }
        defer { closedir(listing) }
        var names: [String] = []
        while let entry = readdir(listing) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name.hasSuffix(".trace") { names.append(name) }
        }
        return names.sorted()
    }()

    private static func recording(_ name: String) throws -> Recording {
        let file = try #require(fopen("\(directory)/\(name)", "r"))
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 1 << 20)
        bytes.removeLast(bytes.count - fread(&bytes, 1, bytes.count, file))
        let text = String(decoding: bytes, as: UTF8.self)
        let truth = text.split(separator: "\n").prefix { $0.hasPrefix("#") || $0.hasPrefix("looptop") }
            .compactMap { line -> Stretch? in
                let words = line.split(separator: " ")
                let numbers = words.compactMap { Int64($0) }
                guard words.count == 6, words[1] == "stretch", numbers.count == 3 else { return nil }
                return Stretch(end: numbers[0], shortest: numbers[1], longest: numbers[2])
            }
        let loops = try ProbeTrace(parsing: text).loops
        let stalls = loops.flatMap { $0.replayed() }.flatMap(\.stalls)
        let times = loops.flatMap { $0.records.map { Int64(clamping: $0.at.nanoseconds) } }
        return Recording(
            truth: truth, stalls: stalls, start: try #require(times.min()), end: try #require(times.max()))
    }

    @Test func thereIsOneOfEachWorkload() {
        #expect(Self.names.count >= 35)
    }

    @Test(arguments: names)
    func everyStallIsFoundAndNoneIsMadeUp(name: String) throws {
        let recording = try Self.recording(name)
        // What began before the first look, or was not over at the last one, was seen in part.
        let watched = recording.start + 150_000_000..<recording.end - 150_000_000
        for stretch in recording.truth
        where stretch.shortest >= Self.stall && watched.contains(stretch.start) && watched.contains(stretch.end) {
            let error = recording.stalls.filter { overlap($0, stretch) > 0 }
                .map { stretch.error(of: $0.length.nanoseconds) }.min()
            #expect(error != nil, "\(name): no stall at \(stretch)")
            // Beside a quota, two turns with no look between them are told as one: 33 ms too long.
            let bar: Int64 = name.hasPrefix("q_quota") ? 35_000_000 : 25_000_000
            #expect(error ?? 0 <= bar, "\(name): \(stretch)")
        }
        for stall in recording.stalls where stall.length.nanoseconds >= Self.stall && !stall.isBound {
            let ends = (stall.start.nanoseconds.signed, stall.end.nanoseconds.signed)
            guard watched.contains(ends.0), watched.contains(ends.1) else { continue }
            let real = recording.truth.filter { overlap(stall, $0) > 0 }.map(\.longest).max() ?? 0
            #expect(real * 2 >= stall.length.nanoseconds, "\(name): \(stall) is not real")
        }
    }

    private func overlap(_ stall: Stall, _ stretch: Stretch) -> Int64 {
        min(stall.end.nanoseconds.signed, stretch.end) + 2_000_000
            - max(stall.start.nanoseconds.signed, stretch.start)
    }
}

extension UInt64 {
    fileprivate var signed: Int64 { Int64(clamping: self) }
}
