import Lag

/// Writes down each probe, for `observe --record`. Owned by the probing thread, which hands the text out with each window.
final class ProbeRecorder {
    private var writer = ProbeTraceWriter()

    func begin(_ loop: ProbeTrace.Loop) -> Int { writer.begin(loop) }
    func write(_ record: ProbeTrace.Record, of loop: Int) { writer.write(record, of: loop) }
    func take() -> String { writer.take() }
}
