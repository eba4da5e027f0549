import CLinux
import Model
import Testing

@testable import Dashboard

@Suite struct SSHWordsTests {
    @Test func theAliasIsOneWordBehindAllOptions() {
        let words = SSHWords.arguments(to: "ada@web-1", limit: .milliseconds(2500))
        #expect(words.suffix(4) == ["--", "ada@web-1", "looptop-agent", "stdio"])
        #expect(words.contains("ConnectTimeout=3"))
        #expect(SSHWords.arguments(to: "a", limit: .zero).contains("ConnectTimeout=1"))
    }

    /// As OpenSSH 9.2 wrote them.
    @Test(arguments: [
        (
            "@@@\r\nHost key for web-1 has changed.\r\nHost key verification failed.\r\n",
            "Host key verification failed"
        ),
        ("ada@10.0.0.1: Permission denied (publickey).\r\n", "ada@10.0.0.1: Permission denied (publickey)"),
        (
            "ssh: connect to host 10.0.0.1 port 22: Connection refused\r\n",
            "connect to host 10.0.0.1 port 22: Connection refused"
        ),
        ("bash: line 1: looptop-agent: command not found\n", "bash: line 1: looptop-agent: command not found"),
        (
            "stdio forwarding failed\r\nkex_exchange_identification: Connection closed by remote host\r\n"
                + "Connection closed by UNKNOWN port 65535\r\n", "stdio forwarding failed"
        ),
        ("Connection closed by UNKNOWN port 65535\r\n", "Connection closed by UNKNOWN port 65535"),
        (" \n", nil), ("", nil),
    ])
    func theLineThatSaysMostIsTheReason(_ said: String, _ line: String?) {
        #expect(SSHWords.lastLine(Array(said.utf8)) == line)
    }

    @Test func whateverAHostWritesIsCut() {
        let said = [UInt8](repeating: UInt8(ascii: "x"), count: 4096)
        #expect((SSHWords.lastLine(said)?.utf8.count ?? 0) <= 300)
        #expect(SSHWords.lastLine([0xFF, 0xFE, 0x0A]) == "\u{FFFD}\u{FFFD}")
    }

    @Test func howItEndedIsSaidWhereItSaidNothing() {
        #expect(SSHWords.reason("a", said: [], LOOPTOP_EXIT_CODE, 255) == "ssh a: it ended with code 255")
        #expect(SSHWords.reason("a", said: Array("hi\n".utf8), LOOPTOP_EXIT_CODE, 1) == "ssh a: hi")
        let banner = Array("Only for staff.\n".utf8)
        #expect(SSHWords.reason("a", said: banner, LOOPTOP_EXIT_SIGNAL, 9) == "ssh a: it was ended by signal 9")
    }

    @Test func onlyWhatAPersonCanMendIsARefusal() {
        #expect(SSHWords.isRefusal("ssh a: ada@b: Permission denied (publickey,password)"))
        #expect(SSHWords.isRefusal("ssh a: Host key verification failed"))
        #expect(!SSHWords.isRefusal("ssh a: looptop-agent: /run/x: permission denied: only the agent's own user"))
        #expect(!SSHWords.isRefusal("ssh a: connect to host b port 22: Connection refused"))
    }

    @Test(arguments: ["web-1", "ada@web-1.example.org", "ada_b@2001:db8::1", "10.0.0.1"])
    func anAliasIsTakenAsItIs(_ alias: String) throws {
        #expect(try HostSource(parsing: "ssh:\(alias)") == .ssh([alias]))
    }

    @Test(arguments: [
        "", "-oProxyCommand=x", "a@-b", "-a@b", "a b", "a;b", "$(a)", "a/b", "@a", "a@", "a@b@c", "a:22", "a\u{7}",
        "`a`",
        "a'", "//a", "ä",
    ])
    func whatSSHOrAShellWouldTakeForMoreIsRefused(_ alias: String) {
        #expect(throws: HostSource.Problem.self) { try HostSource(parsing: "ssh:\(alias)") }
    }

    @Test func aRangeIsTakenApart() throws {
        #expect(try HostSource(parsing: "ssh:ada@web-[01-02]") == .ssh(["ada@web-01", "ada@web-02"]))
    }
}
