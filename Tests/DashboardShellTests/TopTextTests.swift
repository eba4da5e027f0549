import Model
import Testing

@testable import Dashboard

@Suite struct TopTextTests {
    @Test func aTableSaysWhenOfHowManyAndInWhichOrder() throws {
        var text = TopText(.table, columns: ["host", "app", "slot", "cpu"], order: "cpu", limit: 2)
        let round = try text.round(of: SampleFleet.listing(.workers))
        #expect(
            round == """
                2026-11-20T13:57:04Z  1 of 2 hosts, 2 of 3 workers, by cpu
                HOST   APP  WORKER   CPU
                web-1  api  #1       50%
                web-1  api  #2      5.0%


                """)
        #expect(try text.round(of: SampleFleet.listing(.workers)) == round, "every round is whole")
    }

    @Test func csvHasItsHeadOnceAndTheTimeInEachLine() throws {
        var text = TopText(.csv, columns: ["slot", "cpu"], order: "cpu", limit: 2)
        let rows = "2026-11-20T13:57:04Z,1,0.5\n2026-11-20T13:57:04Z,2,0.05\n"
        #expect(try text.round(of: SampleFleet.listing(.workers)) == "time,slot,cpu\n" + rows)
        #expect(try text.round(of: SampleFleet.listing(.workers)) == rows)
    }

    @Test func linesOfAStreamSayWhenAndTheWorstComesFirst() throws {
        var text = TopText(.jsonl, order: "cpu", limit: 1)
        let lines = try text.round(of: SampleFleet.listing(.workers)).split(separator: "\n")
        #expect(lines.count == 2, "the host without numbers, and the worst worker")
        #expect(lines.allSatisfy { $0.contains("\"time\":\"2026-11-20T13:57:04Z\"") })
        #expect(lines.last?.contains("\"pid\":201,") == true)
        #expect(try !ListingDocument(SampleFleet.listing(.workers)).lines().contains("\"time\""))
    }

    @Test func ofTheUnknownNobodySaysThatItIsTheWorst() {
        let listing = SampleFleet.listing(.workers).arranged(by: "cpu", limit: nil)
        #expect(listing.workers.map { $0.track.info.id.pid } == [201, 202, 300])
        #expect(SampleFleet.listing(.hosts).arranged(by: "cpu", limit: 1).hosts == [0])
    }

    @Test func roundsKeepTheirDistanceAndSkipWhatIsPast() {
        let start = MonotonicInstant(nanoseconds: 0)
        var rounds = Rounds(every: .seconds(2), from: start)
        #expect(rounds.next == start + .seconds(2))
        rounds.advance(now: start + .milliseconds(2100))
        #expect(rounds.next == start + .seconds(4), "a late one does not move those after it")
        rounds.advance(now: start + .seconds(9))
        #expect(rounds.next == start + .seconds(9))
    }
}
