import Model
import TestSupport
import Testing

@testable import Exposition

@Suite struct ExpositionTests {
    static func row(_ values: [WorkerField: UInt64]) -> WorkerRow {
        var row = WorkerRow()
        for (field, value) in values { row[field] = value }
        return row
    }

    static let exact = LagMethod(tier: .proc, quality: .exact, kind: .epoll).packed
    static let labels = "{host=\"web-1\",app=\"shop\",worker=\"1\""

    @Test func whatIsKnownOfAWorkerIsTold() {
        let row = Self.row([
            .cpuNanoseconds: 1_500_000_000, .residentBytes: 4096, .readBytes: 7, .state: UInt64(UInt8(ascii: "D")),
            .lagMethod: Self.exact, .lagMaxMicroseconds: 2500, .loopUtilisationPermille: 250,
        ])
        var host = HostRow()
        host[.uptimeNanoseconds] = 15_000_000_000
        let worker = Samples.worker(10, slot: 1, lengths: [.milliseconds(3), .milliseconds(30)], row: row)
        let samples = Samples.samples([Samples.host(Samples.snapshot([worker], host: host))])
        let wanted = [
            "process_cpu_time_seconds_total\(Self.labels)}": "1.5", "process_memory_usage_bytes\(Self.labels)}": "4096",
            "process_disk_io_bytes_total\(Self.labels),disk_io_direction=\"read\"}": "7",
            "process_uptime_seconds\(Self.labels)}": "5",
            "looptop_worker_state\(Self.labels),state=\"blocked\"}": "1",
            "looptop_worker_state\(Self.labels),state=\"running\"}": "0", "looptop_worker_hung\(Self.labels)}": "0",
            "looptop_worker_restarts_total\(Self.labels)}": "0",
            "looptop_eventloop_utilization_ratio\(Self.labels)}": "0.25",
            "looptop_eventloop_delay_max_seconds\(Self.labels)}": "0.0025",
            "looptop_eventloop_delay_seconds_bucket\(Self.labels),le=\"0.0025\"}": "0",
            "looptop_eventloop_delay_seconds_bucket\(Self.labels),le=\"0.005\"}": "1",
            "looptop_eventloop_delay_seconds_bucket\(Self.labels),le=\"0.05\"}": "2",
            "looptop_eventloop_delay_seconds_bucket\(Self.labels),le=\"+Inf\"}": "2",
            "looptop_eventloop_delay_seconds_count\(Self.labels)}": "2",
            "looptop_worker_info\(Self.labels),pid=\"10\",process=\"node\"}": "1",
            "looptop_samples_total{host=\"web-1\"}": "7",
            "looptop_last_sample_timestamp_seconds{host=\"web-1\"}": "1700000000.25",
            "looptop_app_info{host=\"web-1\",app=\"shop\",kind=\"gunicorn\"}": "1", "process_start_time_seconds": "5",
            "looptop_build_info{version=\"0.1\"}": "1",
        ]
        for (name, value) in wanted { #expect(samples[name] == value, "\(name)") }
        // Not known, so not told, and never 0.
        for name in ["process_thread_count", "process_disk_io_bytes_total", "process_open_fds", "looptop_viewers"] {
            #expect(!samples.keys.contains { $0.hasPrefix(name) && !$0.contains("read") }, "\(name)")
        }
    }

    @Test func theSumOfAHistogramIsOfItsMiddles() {
        let worker = Samples.worker(10, slot: 1, lengths: [.milliseconds(3)], row: Self.row([.lagMethod: Self.exact]))
        let samples = Samples.samples([Samples.host(Samples.snapshot([worker]))])
        #expect(samples["looptop_eventloop_delay_seconds_sum\(Self.labels)}"] == "0.00325")
    }

    @Test func aLoopThatNobodyLookedAtHasNoHistogram() {
        let bound = LagMethod(tier: .proc, quality: .bound, kind: .epoll).packed
        let none = LagMethod(tier: .utilisation, quality: .none, kind: .epoll).packed
        let rows = [WorkerRow(), Self.row([.lagMethod: none]), Self.row([.lagMethod: bound, .lagMaxMicroseconds: 9])]
        let workers = rows.enumerated().map { Samples.worker(Int32($0 + 1), slot: UInt32($0 + 1), row: $1) }
        let samples = Samples.samples([Samples.host(Samples.snapshot(workers))])
        #expect(samples.keys.filter { $0.hasPrefix("looptop_eventloop_delay_seconds_count") }.count == 1)
        #expect(!samples.keys.contains { $0.hasPrefix("looptop_eventloop_delay_max_seconds") })
    }

    @Test func appsOfOneNameAreToldApart() {
        let groups = [Samples.group("a"), Samples.group("b\""), Samples.group("c", app: "other")]
        let workers = [
            Samples.worker(1, slot: 1, in: "a", row: Self.row([.threads: 1])),
            Samples.worker(2, slot: 1, in: "b\"", row: Self.row([.threads: 2])),
            Samples.worker(3, slot: 1, in: "c", row: Self.row([.threads: 3])),
            Samples.worker(4, slot: 1, in: "nowhere", row: Self.row([.threads: 4])),
        ]
        let samples = Samples.samples([Samples.host(Samples.snapshot(workers, groups: groups))])
        let threads = samples.filter { $0.key.hasPrefix("process_thread_count") }
        #expect(
            threads == [
                "process_thread_count{host=\"web-1\",app=\"shop\",group=\"a\",worker=\"1\"}": "1",
                "process_thread_count{host=\"web-1\",app=\"shop\",group=\"b\\\"\",worker=\"1\"}": "2",
                "process_thread_count{host=\"web-1\",app=\"other\",worker=\"1\"}": "3",
            ])
    }

    @Test func ofAHostThatIsDownOnlyThatIsTold() {
        let hosts = [
            Samples.host(nil, name: "a", link: .init(isUp: false, age: .milliseconds(12_500))),
            Samples.host(Samples.snapshot([]), name: "b", link: .init(isUp: true, age: .milliseconds(300))),
            Samples.host(nil, name: "c", link: .init(isUp: false, age: nil)),
        ]
        let samples = Samples.samples(hosts)
        #expect(samples["looptop_host_up{host=\"a\"}"] == "0" && samples["looptop_host_up{host=\"b\"}"] == "1")
        #expect(samples["looptop_host_sample_age_seconds{host=\"a\"}"] == "12.5")
        #expect(samples.filter { $0.key.contains("host=\"a\"") }.count == 2)
        #expect(samples.filter { $0.key.contains("host=\"c\"") }.count == 1)
        #expect(samples["looptop_samples_total{host=\"b\"}"] == "7")
    }

    /// Whatever is known: families stand together, no series twice, no pid but in `_info`, histograms that only grow.
    @Test(arguments: ExpositionFormat.allCases) func anyHostMakesATextThatCanBeRead(format: ExpositionFormat) {
        var random = SeededGenerator(seed: printedSeed())
        for _ in 0..<30 {
            let hosts = (0..<3).map { Samples.host(anySnapshot(&random), name: "h\($0)") }
            let text = Samples.text(hosts, as: format)
            var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
            #expect(lines.popLast() == "")
            if format == .openMetrics { #expect(lines.popLast() == "# EOF") }
            var families: Set<String> = []
            var series: Set<String> = []
            var family = ""
            var bucket: (labels: String, count: UInt64) = ("", 0)
            for line in lines {
                if line.hasPrefix("# HELP ") {
                    family = String(line.split(separator: " ")[2])
                    #expect(families.insert(family).inserted, "\(family) twice")
                } else if !line.hasPrefix("#") {
                    guard let space = line.lastIndex(of: " ") else {
                        Issue.record("\(line)")
                        continue
                    }
                    let name = String(line[..<space])
                    #expect(line.hasPrefix(family) && Double(line[space...].dropFirst()) != nil, "\(line)")
                    #expect(series.insert(name).inserted, "\(name) twice")
                    #expect(!name.contains("pid=") || name.hasPrefix("looptop_worker_info"), "\(name)")
                    guard name.contains("_bucket{"), let count = UInt64(line[space...].dropFirst()) else { continue }
                    let labels = String(name.prefix(upTo: name.range(of: ",le=")))
                    #expect(bucket.labels != labels || bucket.count <= count, "\(line)")
                    bucket = (labels, count)
                }
            }
            #expect(families.count > 30)
        }
    }

    private func anySnapshot(_ random: inout SeededGenerator) -> Snapshot {
        func any<Field: RowField>(_ type: Field.Type) -> Row<Field> {
            var row = Row<Field>()
            for field in Field.allCases where Bool.random(using: &random) {
                row[field] = random.next() >> (random.next() % 64)
            }
            return row
        }
        let groups = (0..<3).map {
            Samples.group(
                "k\($0)", app: ["a", "a", "ü\n\""].randomElement(using: &random) ?? "", row: any(GroupField.self))
        }
        let workers = (1...6).map { number -> WorkerEntry in
            let lengths = (0..<5).map { _ in Duration.nanoseconds(Int64(random.next() >> (20 + random.next() % 30))) }
            return Samples.worker(
                Int32(number), slot: UInt32.random(in: 1...3, using: &random), in: "k\(number % 3)", lengths: lengths,
                row: any(WorkerField.self))
        }
        return Samples.snapshot(workers, groups: groups, host: any(HostField.self))
    }
}

extension String {
    fileprivate func range(of text: String) -> Index {
        var place = startIndex
        while place < endIndex, !self[place...].hasPrefix(text) { formIndex(after: &place) }
        return place
    }
}
