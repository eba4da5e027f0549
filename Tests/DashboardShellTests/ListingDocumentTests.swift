import Model
import Testing

@testable import Dashboard

/// The documents are a promise to scripts: a change here is a change of `looptop/v1`, which only ever gains fields.
@Suite struct ListingDocumentTests {
    @Test func hostsAsJSON() throws {
        let json = try JSONText.encode(ListingDocument(SampleFleet.listing(.hosts)), pretty: true)
        #expect(
            json == """
                {
                  "hosts" : [
                    {
                      "address" : "web-1:7433",
                      "age_seconds" : 0,
                      "agent_cpu_cores" : null,
                      "agent_proportional_bytes" : null,
                      "agent_resident_bytes" : null,
                      "agent_sent_bytes" : null,
                      "agent_version" : "0.1.0",
                      "clock_offset_seconds" : 0,
                      "cores" : 4,
                      "cpu_ratio" : 0.25,
                      "cpu_steal_ratio" : null,
                      "error" : null,
                      "exits" : 2,
                      "hung_workers" : null,
                      "id" : "00000000000000000000000000000001",
                      "interval_seconds" : 1,
                      "kernel" : "6.1.0-18-amd64 x86_64",
                      "labels" : {

                      },
                      "lag_p99_seconds" : null,
                      "lag_quality" : null,
                      "limitations" : [

                      ],
                      "load1" : 1.42,
                      "load15" : null,
                      "load5" : null,
                      "memory_available_bytes" : 6442450944,
                      "memory_total_bytes" : 8589934592,
                      "missed_sweeps" : null,
                      "name" : "web-1",
                      "pressure_cpu_ratio" : null,
                      "pressure_io_ratio" : null,
                      "pressure_memory_ratio" : null,
                      "probe_stretch_ratio" : null,
                      "reasons" : [

                      ],
                      "role" : "operator",
                      "round_trip_seconds" : 0.0008,
                      "sampled_at" : "2026-11-20T13:57:04Z",
                      "sequence" : 2,
                      "state" : "ok",
                      "sweep_lateness_seconds" : null,
                      "sweep_seconds" : null,
                      "uptime_seconds" : 90002,
                      "workers" : 3,
                      "workers_cpu_cores" : 0.55,
                      "workers_resident_bytes" : 314572800,
                      "worst_lag_bound_seconds" : 0.48,
                      "worst_lag_seconds" : null,
                      "worst_loop_utilisation_ratio" : 0.51
                    },
                    {
                      "address" : "db-1:7433",
                      "age_seconds" : null,
                      "agent_cpu_cores" : null,
                      "agent_proportional_bytes" : null,
                      "agent_resident_bytes" : null,
                      "agent_sent_bytes" : null,
                      "agent_version" : null,
                      "clock_offset_seconds" : null,
                      "cores" : null,
                      "cpu_ratio" : null,
                      "cpu_steal_ratio" : null,
                      "error" : "connection refused",
                      "exits" : null,
                      "hung_workers" : null,
                      "id" : null,
                      "interval_seconds" : null,
                      "kernel" : null,
                      "labels" : {

                      },
                      "lag_p99_seconds" : null,
                      "lag_quality" : null,
                      "limitations" : null,
                      "load1" : null,
                      "load15" : null,
                      "load5" : null,
                      "memory_available_bytes" : null,
                      "memory_total_bytes" : null,
                      "missed_sweeps" : null,
                      "name" : "db-1:7433",
                      "pressure_cpu_ratio" : null,
                      "pressure_io_ratio" : null,
                      "pressure_memory_ratio" : null,
                      "probe_stretch_ratio" : null,
                      "reasons" : [

                      ],
                      "role" : null,
                      "round_trip_seconds" : null,
                      "sampled_at" : null,
                      "sequence" : null,
                      "state" : "down",
                      "sweep_lateness_seconds" : null,
                      "sweep_seconds" : null,
                      "uptime_seconds" : null,
                      "workers" : null,
                      "workers_cpu_cores" : null,
                      "workers_resident_bytes" : null,
                      "worst_lag_bound_seconds" : null,
                      "worst_lag_seconds" : null,
                      "worst_loop_utilisation_ratio" : null
                    }
                  ],
                  "incomplete" : true,
                  "kind" : "hosts",
                  "schema" : "looptop/v1",
                  "time" : "2026-11-20T13:57:04Z"
                }

                """)
    }

    @Test func workersAsJSON() throws {
        let json = try JSONText.encode(ListingDocument(SampleFleet.listing(.workers)), pretty: true)
        let afterHosts = try #require(json.firstRange(of: "  \"incomplete\""))
        #expect(
            json[afterHosts.lowerBound...] == """
                  "incomplete" : true,
                  "kind" : "workers",
                  "schema" : "looptop/v1",
                  "time" : "2026-11-20T13:57:04Z",
                  "workers" : [
                    {
                      "app" : "api",
                      "arguments" : [
                        "node",
                        "server.js"
                      ],
                      "cpu_cores" : 0.5,
                      "cpu_seconds" : 1,
                      "group_key" : "cluster:100",
                      "host" : "web-1",
                      "involuntary_switches_per_second" : 100,
                      "lag" : null,
                      "lag_bound_seconds" : 0.49,
                      "loop_utilisation_ratio" : 0.485,
                      "mean_burst_seconds" : 0.0049,
                      "name" : "node",
                      "open_files" : 25,
                      "open_files_limit" : null,
                      "parent_pid" : 100,
                      "pid" : 201,
                      "read_bytes" : null,
                      "read_bytes_per_second" : null,
                      "resident_bytes" : 125829120,
                      "run_queue_wait_ratio" : 0.01,
                      "slot" : 1,
                      "start_ticks" : 1201,
                      "started_at" : "2026-11-20T11:52:04Z",
                      "state" : "R",
                      "threads" : 11,
                      "uid" : 33,
                      "voluntary_switches_per_second" : 100,
                      "written_bytes" : null,
                      "written_bytes_per_second" : null
                    },
                    {
                      "app" : "api",
                      "arguments" : [
                        "node",
                        "server.js"
                      ],
                      "cpu_cores" : 0.05,
                      "cpu_seconds" : 0.1,
                      "group_key" : "cluster:100",
                      "host" : "web-1",
                      "involuntary_switches_per_second" : null,
                      "lag" : null,
                      "lag_bound_seconds" : null,
                      "loop_utilisation_ratio" : null,
                      "mean_burst_seconds" : null,
                      "name" : "node",
                      "open_files" : null,
                      "open_files_limit" : null,
                      "parent_pid" : 100,
                      "pid" : 202,
                      "read_bytes" : null,
                      "read_bytes_per_second" : null,
                      "resident_bytes" : 83886080,
                      "run_queue_wait_ratio" : null,
                      "slot" : 2,
                      "start_ticks" : 1202,
                      "started_at" : "2026-11-20T11:52:04Z",
                      "state" : null,
                      "threads" : null,
                      "uid" : 33,
                      "voluntary_switches_per_second" : null,
                      "written_bytes" : null,
                      "written_bytes_per_second" : null
                    },
                    {
                      "app" : "app",
                      "arguments" : [
                        "node",
                        "server.js"
                      ],
                      "cpu_cores" : null,
                      "cpu_seconds" : null,
                      "group_key" : "single:300",
                      "host" : "web-1",
                      "involuntary_switches_per_second" : null,
                      "lag" : null,
                      "lag_bound_seconds" : null,
                      "loop_utilisation_ratio" : null,
                      "mean_burst_seconds" : null,
                      "name" : "node",
                      "open_files" : null,
                      "open_files_limit" : null,
                      "parent_pid" : 100,
                      "pid" : 300,
                      "read_bytes" : null,
                      "read_bytes_per_second" : null,
                      "resident_bytes" : null,
                      "run_queue_wait_ratio" : null,
                      "slot" : 1,
                      "start_ticks" : 1300,
                      "started_at" : "2026-11-20T11:52:04Z",
                      "state" : null,
                      "threads" : null,
                      "uid" : 33,
                      "voluntary_switches_per_second" : null,
                      "written_bytes" : null,
                      "written_bytes_per_second" : null
                    }
                  ]
                }

                """)
    }

    @Test func appsAsJSON() throws {
        let json = try JSONText.encode(ListingDocument(SampleFleet.listing(.apps)), pretty: true)
        let hosts = try #require(json.firstRange(of: "  \"hosts\""))
        #expect(
            json[..<hosts.lowerBound] == """
                {
                  "apps" : [
                    {
                      "app" : "api",
                      "cpu_cores" : 0.55,
                      "exits" : 2,
                      "expected" : 3,
                      "host" : "web-1",
                      "hung_workers" : null,
                      "key" : "cluster:100",
                      "kind" : "node cluster",
                      "lag_p99_seconds" : null,
                      "lag_quality" : null,
                      "master_pid" : 100,
                      "memory_limit_bytes" : null,
                      "memory_used_bytes" : null,
                      "ports" : [
                        3000,
                        3001
                      ],
                      "resident_bytes" : 209715200,
                      "respawn" : "maybe",
                      "restarts_in_hour" : null,
                      "workers" : 2,
                      "worst_close_wait" : null,
                      "worst_lag_bound_seconds" : null,
                      "worst_lag_seconds" : null,
                      "worst_loop_utilisation_ratio" : 0.51,
                      "worst_open_files_ratio" : null
                    },
                    {
                      "app" : "app",
                      "cpu_cores" : null,
                      "exits" : null,
                      "expected" : null,
                      "host" : "web-1",
                      "hung_workers" : null,
                      "key" : "single:300",
                      "kind" : "single",
                      "lag_p99_seconds" : null,
                      "lag_quality" : null,
                      "master_pid" : null,
                      "memory_limit_bytes" : null,
                      "memory_used_bytes" : null,
                      "ports" : [

                      ],
                      "resident_bytes" : null,
                      "respawn" : "unknown",
                      "restarts_in_hour" : null,
                      "workers" : 1,
                      "worst_close_wait" : null,
                      "worst_lag_bound_seconds" : null,
                      "worst_lag_seconds" : null,
                      "worst_loop_utilisation_ratio" : null,
                      "worst_open_files_ratio" : null
                    }
                  ],

                """)
    }

    @Test func eachLineStandsForItself() throws {
        let lines = try ListingDocument(SampleFleet.listing(.workers)).lines().split(separator: "\n")
        #expect(lines.count == 4, "three workers and the host that is missing")
        #expect(lines.allSatisfy { $0.hasPrefix("{") && $0.hasSuffix("}") && $0.contains(#""schema":"looptop/v1""#) })
        #expect(lines.allSatisfy { $0.contains(#""incomplete":true"#) }, "one line alone says that a host is missing")
        #expect(lines[0].contains(#""record":"host""#) && lines[0].contains(#""error":"connection refused""#))
        #expect(lines[1].contains(#""record":"worker""#) && lines[1].contains(#""pid":201"#))
        let hosts = try ListingDocument(SampleFleet.listing(.hosts)).lines().split(separator: "\n")
        #expect(hosts.count == 2)
    }

    @Test func aHostThatDidNotAnswerInTimeSaysSo() throws {
        let gathering = Gathering(places: ["a:1"], snapshots: 1)
        let listing = Listing(
            .apps, of: gathering, filter: .everything, now: SampleFleet.start, wall: SampleFleet.wall)
        let lines = try ListingDocument(listing).lines()
        #expect(lines.contains(#""error":"no answer in time""#))
    }

    @Test func labelsAreListedAsTheyAreWritten() throws {
        let place = HostPlace(label: "a", address: "a:1", labels: ["mySite": "eu-1"])
        let listing = Listing(
            .hosts, of: Gathering(places: [place], snapshots: 1), filter: .everything, now: SampleFleet.start,
            wall: SampleFleet.wall)
        #expect(try ListingDocument(listing).lines().contains(#""labels":{"mySite":"eu-1"}"#))
    }

    @Test func aHostThatIsDownShowsNoNumbersOfThePast() throws {
        var gathering = SampleFleet.gathering()
        gathering.handle(
            .lost(.silent, retryAt: nil), from: 0, now: SampleFleet.start + .seconds(3), wall: SampleFleet.wall)
        let listing = Listing(
            .hosts, of: gathering, filter: .everything, now: SampleFleet.start + .seconds(3), wall: SampleFleet.wall)
        let json = try JSONText.encode(ListingDocument(listing), pretty: false)
        #expect(json.contains(#""cpu_ratio":null"#) && !json.contains(#""cpu_ratio":0"#))
        #expect(json.contains(#""error":"connection silent for 15 s""#))
        #expect(listing.missing == [0, 1])
    }
}
