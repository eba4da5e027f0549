import Discovery
import Model
import Testing

@testable import Agent

@Suite struct DiscoveryReportTests {
    private static func entry(_ pid: Int32, _ line: String, ports: [UInt16] = [], epoll: Bool = false) -> ProcessEntry {
        ProcessEntry(
            pid: pid, parentPID: 1, startTicks: UInt64(pid) * 10, uid: 4_000_000, name: line, arguments: [line],
            listening: ports.map { .init(port: $0) }, waitsInEpoll: epoll)
    }

    private static let report: DiscoveryReport = {
        let shell = ProcessRef(pid: 12, startTicks: 120)
        let info = GroupInfo(
            key: "pm2/a\u{1B}pi/1", app: "a\u{1B}pi", kind: .pm2, manager: Manager(kind: .pm2, name: "api"),
            ports: [80, 443], expected: 4, orphan: PortOrphan(process: ProcessRef(pid: 30, startTicks: 300), port: 80))
        let workers = [
            DiscoveredWorker(
                process: ProcessRef(pid: 10, startTicks: 100), slot: 2,
                link: ManagerLink(manager: Manager(kind: .pm2, name: "1"), isMain: true), instance: "api 1"),
            DiscoveredWorker(
                process: ProcessRef(pid: 11, startTicks: 110),
                folded: [FoldedProcess(process: shell, role: .wrapper, title: "npm start")]),
        ]
        let group = DiscoveredGroup(info: info, workers: workers, rule: "pm2: environment", why: "2 processes")
        let table = ProcessTable([
            entry(1, "init"), entry(10, "node"), entry(11, "node"), entry(12, "npm"), entry(30, "old", ports: [80]),
            entry(40, "cat"), entry(41, "sshd", ports: [22]), entry(42, "loop", epoll: true),
            entry(43, "dbus", ports: [1], epoll: true), entry(44, "theirs"), entry(45, "agent"),
        ])
        return DiscoveryReport(groups: [group], table: table, hidden: [44], excluded: [45])
    }()

    @Test func theObjectIsOneLineThatProgramsCanRead() {
        let text = String(decoding: Self.report.json(all: false), as: UTF8.self)
        #expect(
            text == """
                {"schema":"looptop-agent/discover/v1","hidden_processes":1,"groups":[{"key":"pm2/a\\u001bpi/1",\
                "app":"a\\u001bpi","kind":"pm2","rule":"pm2: environment","why":"2 processes",\
                "manager":{"kind":"pm2","name":"api"},"master":null,"ports":[80,443],"expected":4,\
                "orphan":{"pid":30,"start_ticks":300,"port":80},"workers":[\
                {"pid":11,"start_ticks":110,"slot":1,"user_id":4000000,"manager":null,"instance":null,\
                "folded":[{"pid":12,"start_ticks":120,"role":"wrapper","title":"npm start"}]},\
                {"pid":10,"start_ticks":100,"slot":2,"user_id":4000000,"manager":{"kind":"pm2","name":"1"},\
                "instance":"api 1","folded":[]}]}]}

                """)
    }

    @Test func peopleReadWhatItIsAndWhy() {
        #expect(
            Self.report.lines(all: false) == [
                "a\\u{1b}pi (pm2): 2 of 4 workers, port 80, 443", "  why      pm2: environment: 2 processes",
                "  key      pm2/a\\u{1b}pi/1", "  manager  pm2 api",
                "  orphan   30 (old) holds port 80 and is not of this app", "  worker 1      11  uid 4000000",
                "    with       12  wrapper npm start", "  worker 2      10  uid 4000000  api 1  pm2 1", "",
                "1 app, 2 workers",
                """
                1 process of other users may not be looked into: workers among them are missing, or have less about \
                them. Run it as root, or give it CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH.
                """,
            ])
    }

    @Test func whatIsOfNoAppHasAReason() {
        let others = Dictionary(Self.report.others.map { ($0.process.pid, $0.reason) }, uniquingKeysWith: { $1 })
        #expect(
            others == [
                1: "the first process", 30: "an orphan of a\u{1B}pi",
                40: "listens on no port and has no event loop",
                41: "listens, and has no event loop, and no server with workers is known that looks like it",
                42: "has an event loop, and listens on no port", 43: "a part of the system, or a manager",
                44: "may not be looked into", 45: "this program, or above it",
            ])
        let json = String(decoding: Self.report.json(all: true), as: UTF8.self)
        #expect(json.contains(#"{"pid":40,"start_ticks":400,"name":"cat","reason":"listens on no port and"#))
        #expect(Self.report.lines(all: true).contains("       40  cat: listens on no port and has no event loop"))
    }
}
