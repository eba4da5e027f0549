import Model
import Testing

@testable import Dashboard

@Suite struct ListingTests {
    @Test func hostsAsATable() {
        #expect(
            SampleFleet.listing(.hosts).table(wide: false).text == """
                HOST       STATE  WRK  CPU  MEM  W.RSS  LOAD  UTIL  LAG  LAG99  EXIT  AGENT  AGE
                web-1      OK       3  25%  25%   300M   1.4   51%    -      -     2      -   0s
                db-1:7433  DOWN     -    -    -      -     -     -    -      -     -      -    -

                """)
    }

    @Test func appsAsATable() {
        #expect(
            SampleFleet.listing(.apps).table(wide: false).text == """
                HOST   APP  STATE  KIND          WRK  OF  CPU   RSS  UTIL  LAG  LAG99  CONN  EXIT  PORTS
                web-1  api  WARN   node cluster    2   3  55%  200M   51%    -      -     -     2  3000,3001
                web-1  app  OK     single          1   -    -     -     -    -      -     -     -  -

                """)
    }

    @Test func workersAsATable() {
        #expect(
            SampleFleet.listing(.workers).table(wide: false).text == """
                HOST   APP  WORKER  PID  STATE   CPU   RSS  FDS  THR  UTIL  LAG  LAG99  CAUSE     UP  NAME
                web-1  api  #1      201  OK      50%  120M   25   11   49%    -      -  -      1d00h  node
                web-1  api  #2      202  OK     5.0%   80M    -    -     -    -      -  -      1d00h  node
                web-1  app  #1      300  OK        -     -    -    -     -    -      -  -      1d00h  node

                """)
    }

    @Test func widerTablesHaveMore() {
        for kind in Listing.Kind.allCases {
            let listing = SampleFleet.listing(kind)
            #expect(listing.table(wide: true).headings.count > listing.table(wide: false).headings.count)
        }
        #expect(SampleFleet.listing(.workers).table(wide: true).text.contains("node server.js"))
    }

    @Test func aFilterNarrowsEveryKind() throws {
        let second = try Filter(parsing: "web-1/api#2")
        #expect(SampleFleet.listing(.workers, second).workers.map { $0.track.info.id.pid } == [202])
        #expect(SampleFleet.listing(.apps, second).apps.map { $0.group.info.app } == ["api"])
        #expect(SampleFleet.listing(.hosts, second).hosts == [0])
        let nothing = try Filter(parsing: "web-1/none")
        for kind in Listing.Kind.allCases {
            #expect(!SampleFleet.listing(kind, nothing).hasAnswer)
            #expect(SampleFleet.listing(kind, nothing).missing.isEmpty, "db-1 is not named")
            #expect(SampleFleet.listing(kind, nothing).unanswered == [1], "what db-1:7433 calls itself is not known")
        }
        let byAddress = try Filter(parsing: "web-1:7433/api")
        #expect(SampleFleet.listing(.workers, byAddress).workers.count == 2)
        let busy = try Filter(parsing: "cpu>80%")
        #expect(SampleFleet.listing(.hosts, busy).names() == "", "of what does not answer it is not known")
        #expect(SampleFleet.listing(.hosts, busy).missing == [1])
        let down = try Filter(parsing: "host=db-*")
        #expect(SampleFleet.listing(.hosts, down).hosts == [1])
    }

    @Test func asksHostsForNoMoreThanTheListingNeeds() throws {
        #expect(Listing.interest(.hosts, filter: .everything) == .host)
        #expect(Listing.interest(.apps, filter: .everything) == .groups)
        #expect(Listing.interest(.workers, filter: .everything) == .workers)
        #expect(Listing.interest(.hosts, filter: try Filter(parsing: "app=api")) == .groups)
        #expect(Listing.interest(.apps, filter: try Filter(parsing: "pid=7")) == .workers)
    }

    @Test func missingHostsAreNamedWithTheReason() {
        #expect(
            SampleFleet.listing(.workers).missingSentence
                == "1 of 2 hosts did not answer: db-1:7433: connection refused")
    }

    @Test func textOfOtherMachinesCannotReachTheTerminal() throws {
        let listing = SampleFleet.listing(.apps, hostile: true)
        let outputs = [
            listing.table(wide: true).text, try JSONText.encode(ListingDocument(listing), pretty: true),
            try ListingDocument(listing).lines(),
        ]
        for output in outputs {
            let treacherous = output.unicodeScalars.filter { $0.value < 0x20 && $0 != "\n" || 0x7F...0x9F ~= $0.value }
            #expect(treacherous.isEmpty)
            #expect(output.contains("evil"))
        }
    }
}
