import Model
import Testing
import Transport

@testable import Agent

@Suite struct MetricsServiceTests {
    static func service(interval: Duration = .seconds(1)) throws -> MetricsService {
        let host = try Surroundings.host(id: HostID(high: 1, low: 2), name: "web-1", interval: interval)
        return MetricsService(host: host, interval: interval, started: Clocks.wall(), viewers: { 2 })
    }

    static func snapshot(at monotonic: MonotonicInstant, cadence: UInt64? = nil) -> Snapshot {
        var row = HostRow()
        row[.cadenceMilliseconds] = cadence
        return Snapshot(sequence: 1, monotonic: monotonic, wall: Clocks.wall(), host: row)
    }

    static func ask(_ service: MetricsService, _ path: String, accept: String? = nil) async -> (Int, String)? {
        await service.answer(PageRequest(path: path, accept: accept)).map {
            ($0.status, String(decoding: $0.body, as: UTF8.self))
        }
    }

    @Test func isReadyWhileSamplesComeInTime() throws {
        let service = try Self.service()
        let now = Clocks.monotonic()
        #expect(!service.isReady(at: now))
        service.take(Self.snapshot(at: now))
        #expect(service.isReady(at: now) && service.isReady(at: now + .seconds(3)))
        #expect(!service.isReady(at: now + .milliseconds(3001)))
        // It keeps within its share of a core, and looks less often.
        service.take(Self.snapshot(at: now, cadence: 4000))
        #expect(service.isReady(at: now + .seconds(12)) && !service.isReady(at: now + .milliseconds(12_001)))
    }

    @Test func pagesSayWhatIs() async throws {
        let service = try Self.service()
        #expect(await Self.ask(service, "/healthz")?.0 == 200)
        #expect(await Self.ask(service, "/readyz")?.0 == 503)
        #expect(await Self.ask(service, "/")?.0 == nil)
        #expect(await Self.ask(service, "/metrics", accept: "text/html")?.0 == 406)
        let early = await Self.ask(service, "/metrics")?.1 ?? ""
        #expect(early.contains("\nlooptop_viewers 2\n") && early.contains("\nprocess_cpu_seconds_total "))
        #expect(!early.contains("looptop_samples_total"))
        service.take(Self.snapshot(at: Clocks.monotonic()))
        #expect(await Self.ask(service, "/readyz")?.0 == 200)
        let text = await Self.ask(service, "/metrics", accept: "application/openmetrics-text")?.1 ?? ""
        #expect(text.contains("\nlooptop_samples_total{host=\"web-1\"} 1\n") && text.hasSuffix("# EOF\n"))
    }
}
