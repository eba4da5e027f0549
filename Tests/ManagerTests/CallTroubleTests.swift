import Model
import Testing

@testable import Agent

/// Why nobody is asked, word for word: what a worker says of its manager leads nowhere else.
@Suite struct CallTroubleTests {
    @Test(arguments: [
        (
            "http://10.0.0.1:9001",
            "supervisord is said to be on 10.0.0.1: only loopback addresses are contacted"
        ),
        ("http://[::2]:9001", "supervisord is said to be on ::2: only loopback addresses are contacted"),
        (
            "http://example.com:9001",
            "supervisord is said to be on example.com: only addresses of this machine are contacted"
        ),
        ("https://127.0.0.1:9001", "https://127.0.0.1:9001 is no address of a supervisord"),
        ("http://127.0.0.1:0", "http://127.0.0.1:0 is no address of a supervisord"),
    ])
    func aSupervisordElsewhereIsNotContacted(url: String, sentence: String) {
        #expect(throws: CallTrouble.failed(sentence)) { try SupervisordAddress(url) }
    }

    @Test func aProcessOfPM2IsNamedByHomeAndNumber() {
        #expect(throws: CallTrouble.failed("web is no home of PM2")) {
            try PM2Call(home: "web", owner: 0, id: "0", neighbour: nil)
        }
        #expect(throws: CallTrouble.failed("api is no id of a process of PM2")) {
            try PM2Call(home: "/home/web/.pm2", owner: 0, id: "api", neighbour: nil)
        }
    }

    @Test func theJournalIsAskedForWhatItHas() {
        let boot = BootID(high: 1, low: 2)
        let anywhere = ["/bin/true"]
        #expect(throws: CallTrouble.failed("there is no journalctl at /no/journalctl or /nor/here")) {
            try JournalCall(
                .processes([1]), .newest(since: nil), entries: 1, boot: boot, places: ["/no/journalctl", "/nor/here"])
        }
        #expect(throws: CallTrouble.failed("that is no cursor of the journal")) {
            try JournalCall(.processes([1]), .after(cursor: "--x"), entries: 1, boot: boot, places: anywhere)
        }
        #expect(throws: CallTrouble.failed("no process is known")) {
            try JournalCall(.processes([]), .newest(since: nil), entries: 1, boot: boot, places: anywhere)
        }
        #expect(throws: CallTrouble.failed("--force.service is no name of a service of systemd")) {
            try JournalCall(
                .unit("--force.service", user: nil), .newest(since: nil), entries: 1, boot: boot, places: anywhere)
        }
    }
}
