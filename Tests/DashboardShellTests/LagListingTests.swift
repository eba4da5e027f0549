import Console
import Model
import Testing

@testable import Dashboard

/// Lag in `looptop ls`: as documents for scripts and as tables for people.
@Suite struct LagListingTests {
    /// The sample fleet, in which worker 201 is blocked and tells of itself, and 202 has no loop.
    private func listing(_ kind: Listing.Kind) -> Listing {
        var gathering = Gathering(places: ["web-1:7433", "db-1:7433"], snapshots: 2)
        for (host, second, event) in SampleFleet.events() {
            var event = event
            if case .snapshot(var snapshot) = event {
                change(&snapshot)
                event = .snapshot(snapshot)
            }
            gathering.handle(event, from: host, now: SampleFleet.start + .seconds(second), wall: SampleFleet.wall)
        }
        return Listing(
            kind, of: gathering, filter: .everything, now: SampleFleet.start + .seconds(2), wall: SampleFleet.wall)
    }

    private func change(_ snapshot: inout Snapshot) {
        snapshot.host[.worstLagMicroseconds] = 7_200_000
        snapshot.host[.lagP99Microseconds] = 41_000
        snapshot.host[.hungWorkers] = 1
        snapshot.host[.probeStretchPermille] = 1400
        snapshot.groups[0].row[.worstLagMicroseconds] = 7_200_000
        snapshot.groups[0].row[.lagP99Microseconds] = 52_000
        snapshot.groups[0].row[.hungWorkers] = 1
        for index in snapshot.workers.indices {
            switch snapshot.workers[index].info.id.pid {
            case 201:
                fillBlocked(&snapshot.workers[index].row, second: snapshot.sequence)
                snapshot.workers[index].stretches.add(.milliseconds(210))
                snapshot.workers[index].stretches.add(.seconds(500))
            case 202:
                let method = LagMethod(tier: .proc, quality: .none, kind: .none)
                snapshot.workers[index].row[.lagMethod] = method.packed
            default: break
            }
        }
    }

    private func fillBlocked(_ row: inout WorkerRow, second: UInt64) {
        row[.lagMethod] = LagMethod(tier: .perf, quality: .exact, kind: .epoll, isHung: true).packed
        row[.lagMaxMicroseconds] = 210_000
        row[.lagP99Microseconds] = 198_400
        row[.lagP50Microseconds] = 0
        row[.openStallMicroseconds] = 7_200_000
        row[.stallCause] = StallCause.blocked(SystemCall(number: 202)).packed
        row[.probeGapMicroseconds] = 12_000
        row[.probePeriodMicroseconds] = 10_000
        row[.loopUtilisationPermille] = 930
        row[.loopRunQueuePermille] = 4
        row[.loopBlockedPermille] = 900
        row[.runtimeDelayMaxMicroseconds] = 211_000
        row[.runtimeDelayP99Microseconds] = 12_000
        row[.runtimeUtilisationPermille] = 430
        row[.runtimeHeapBytes] = 80 << 20
        row[.runtimeGCMicroseconds] = second * 12_000
    }

    @Test func aWorkersLagAsJSON() throws {
        let json = try JSONText.encode(ListingDocument(listing(.workers)), pretty: true)
        let start = try #require(json.firstRange(of: "      \"lag\" : {"))
        let end = try #require(json.firstRange(of: "      \"lag_bound_seconds\""))
        #expect(
            json[start.lowerBound..<end.lowerBound] == """
                      "lag" : {
                        "blocked_ratio" : 0.9,
                        "histogram" : [
                          {
                            "count" : 1,
                            "ge_seconds" : 0.192,
                            "lt_seconds" : 0.224
                          },
                          {
                            "count" : 1,
                            "ge_seconds" : 114.688,
                            "lt_seconds" : null
                          }
                        ],
                        "hung" : true,
                        "loop" : "epoll",
                        "max_seconds" : 0.21,
                        "open_stall_seconds" : 7.2,
                        "p50_seconds" : 0,
                        "p99_seconds" : 0.1984,
                        "probe_gap_max_seconds" : 0.012,
                        "probe_period_seconds" : 0.01,
                        "probe_stretched" : false,
                        "quality" : "exact",
                        "runqueue_ratio" : 0.004,
                        "runtime" : {
                          "delay_max_seconds" : 0.211,
                          "delay_p99_seconds" : 0.012,
                          "gc_ratio" : 0.012,
                          "heap_bytes" : 83886080,
                          "utilization_ratio" : 0.43
                        },
                        "stall" : {
                          "cause" : "blocked",
                          "open" : true,
                          "runnable" : null,
                          "seconds" : 7.2,
                          "syscall" : "futex"
                        },
                        "tier" : "perf",
                        "utilization_ratio" : 0.93
                      },

                """)
    }

    @Test func whatIsNotMeasuredIsNull() throws {
        let lines = try ListingDocument(listing(.workers)).lines().split(separator: "\n")
        let loopless = try #require(lines.first { $0.contains("\"pid\":202") })
        for known in [#""tier":"proc""#, #""quality":"none""#, #""loop":"none""#, #""hung":false"#] {
            #expect(loopless.contains(known))
        }
        for unknown in ["max_seconds", "p99_seconds", "open_stall_seconds", "stall", "histogram", "runtime"] {
            #expect(loopless.contains("\"\(unknown)\":null"), "\(unknown)")
        }
        let untold = try #require(lines.first { $0.contains("\"pid\":300") })
        #expect(untold.contains(#""lag":null"#))
    }

    @Test func rollupsAreInHostsAndApps() throws {
        let hosts = try JSONText.encode(ListingDocument(listing(.hosts)), pretty: false)
        for text in [
            #""worst_lag_seconds":7.2"#, #""lag_p99_seconds":0.041"#, #""hung_workers":1"#,
            #""probe_stretch_ratio":1.4"#,
        ] {
            #expect(hosts.contains(text), "\(text)")
        }
        let apps = try JSONText.encode(ListingDocument(listing(.apps)), pretty: false)
        #expect(apps.contains(#""lag_p99_seconds":0.052"#) && apps.contains(#""worst_lag_seconds":7.2"#))
    }

    @Test func tablesHaveLagAndItsP99() {
        let workers = listing(.workers).table(wide: true).text.split(separator: "\n")
        let fields = workers.map { $0.split(separator: " ").map(String.init) }
        #expect(fields[0].contains("LAG") && fields[0].contains("LAG99") && !fields[0].contains("LAG<="))
        #expect(fields[1].contains("7.2s+") && fields[1].contains("perf") && fields[1].contains("HUNG"))
        #expect(workers[2].contains("no loop"))
        let hosts = listing(.hosts).table(wide: false).text.split(separator: "\n")
        #expect(hosts[1].contains("7.2s") && hosts[1].contains("41ms"))
        let apps = listing(.apps).table(wide: false).text.split(separator: "\n")
        #expect(apps[1].contains("7.2s") && apps[1].contains("52ms"))
    }
}
