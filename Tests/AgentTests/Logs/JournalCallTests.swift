import Glibc
import Model
import Testing

@testable import Agent

@Suite struct JournalCallTests {
    static let boot = BootID(high: 0x1910_F24A_D90E_459D, low: 0x960A_C6D0_991F_4F3F)

    private func words(_ match: JournalCall.Match, _ from: JournalCall.From, entries: Int = 100) throws -> [String] {
        try JournalCall(match, from, entries: entries, boot: Self.boot, places: ["/bin/true"]).program.words
    }

    @Test func theWordsAreFixed() throws {
        let start = ["/bin/true", "--no-pager", "--output=export", "--output-fields=MESSAGE,_PID"]
        #expect(
            try words(.processes([7, 8]), .newest(since: nil))
                == start + [
                    "--lines=100", "--reverse", "_BOOT_ID=1910f24ad90e459d960ac6d0991f4f3f", "_PID=7", "_PID=8",
                ])
        #expect(
            try words(
                .unit("web@1.service", user: nil), .newest(since: WallTime(nanoseconds: 1_500_000_000)), entries: 5)
                == start + ["--lines=5", "--reverse", "--since=@1.500000", "--unit=web@1.service"])
        #expect(
            try words(.unit("web.service", user: 970), .after(cursor: "s=1;i=2"))
                == start + ["--lines=100", "--after-cursor=s=1;i=2", "--user-unit=web.service", "_UID=970"])
    }

    @Test(arguments: ["", "*.service", "-x.service", "web.socket", "a b.service", "--vacuum-size=1.service"])
    func whatIsNoUnitIsRefused(_ unit: String) {
        #expect(throws: CallTrouble.self) { try words(.unit(unit, user: nil), .newest(since: nil)) }
    }

    @Test(arguments: ["", "--all", "s=1 i=2", "s=1\n", "S=1", String(repeating: "a", count: 257)])
    func whatIsNoCursorIsRefused(_ cursor: String) {
        #expect(throws: CallTrouble.self) { try words(.processes([1]), .after(cursor: cursor)) }
        if !cursor.isEmpty { #expect(!JournalEntries.isCursor(cursor.utf8)) }
    }

    @Test func whyThereIsNothingIsSaid() throws {
        let directory = TemporaryDirectory()
        func call(_ script: String) throws -> JournalCall {
            let path = try directory.write("journalctl", "#!/bin/sh\n\(script)\n")
            chmod(path, 0o755)
            return try JournalCall(.processes([1]), .newest(since: nil), entries: 1, boot: Self.boot, places: [path])
        }
        func failure(_ script: String) throws -> String {
            let call = try call(script)
            do throws(CallTrouble) {
                _ = try call.perform(by: .after(.seconds(10)))
                return "none"
            } catch .failed(let sentence) { return sentence } catch { return "late" }
        }
        #expect(try failure("echo No journal files were found. >&2") == "this host keeps no journal")
        #expect(
            try failure("echo No journal files were opened due to insufficient permissions. >&2")
                == "the agent may read no journal of this host")
        #expect(
            try failure("echo 'Hint: You are currently not seeing messages from other users and the system.' >&2")
                == "the agent's user may not read the journal: it has to be in the group systemd-journal")
        #expect(try failure("echo broken; exit 3") == "journalctl failed: broken")
        #expect(try failure("exit 0") == "none")
        #expect(throws: CallTrouble.timedOut) { try call("sleep 100").perform(by: .after(.milliseconds(300))) }
        #expect(throws: CallTrouble.self) {
            try JournalCall(.processes([1]), .newest(since: nil), entries: 1, boot: Self.boot, places: ["/nonexistent"])
        }
    }
}
