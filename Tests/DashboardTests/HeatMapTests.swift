import Console
import Model
import Testing

@testable import Dashboard

/// All hosts at a glance: what is not known is no shade, and what has no numbers is a letter.
struct HeatMapTests {
    static let wide = Size(rows: 60, columns: 200)

    private func rows(_ demo: DemoFleet) -> [String] {
        let frame = demo.frame()
        return (0..<frame.size.rows).map { frame.text(row: $0) }
    }

    @Test func onlyTerminalsWithRoomHaveIt() {
        for (size, has) in [
            (Self.wide, true), (Size(rows: 50, columns: 160), true), (Size(rows: 49, columns: 200), false),
        ] {
            let text = rows(DemoFleet.settled(size: size))
            #expect(text.contains { $0.hasPrefix("heat map: ") } == has, "\(size)")
        }
        var demo = DemoFleet.settled(size: Size(rows: 24, columns: 80))
        demo.press(.character("v"))
        #expect(demo.frame().text.contains("the heat map needs 160x50"))
    }

    @Test func theKeyGoesThroughWhatItCanShow() {
        var demo = DemoFleet.settled(size: Self.wide)
        var heads: [String] = []
        for _ in 0..<5 {
            heads.append(rows(demo)[3].prefix { $0 != "," }.description)
            demo.press(.character("v"))
        }
        #expect(heads[0] == "heat map: lag p99" && heads[1] == "heat map: CPU" && heads[2] == "heat map: memory used")
        #expect(!heads[3].hasPrefix("heat map") && heads[4] == heads[0])
    }

    /// web-17, web-22 and web-01; db-gw-2; api-03; cron-01; queue-1.
    @Test func hostsOfOneKindAreALine() {
        let text = rows(DemoFleet.settled(size: Self.wide))
        #expect(text[4].hasPrefix("api ") && text[5].hasPrefix("cron          S"))
        #expect(text[6].hasPrefix("db-gw         A") && text[7].hasPrefix("queue         V"))
        #expect(text[8].hasPrefix("web           ") && Array(text[8])[15] == "D", "web-22 is down, and has its place")
        #expect(text[9].contains("S STALE") && text[9].contains("D DOWN") && !text[9].contains("NODATA"))
    }

    @Test func theListBeginsBelowItAndIsAsLongAsTheRoom() {
        var demo = DemoFleet.settled(size: Self.wide)
        #expect(rows(demo)[10].contains("HOST") && rows(demo)[11].contains("web-17"))
        demo.press(.end)
        #expect(demo.frame().cursor?.row == 17)
        demo.press(.character("v"), .character("v"), .character("v"))
        #expect(demo.frame().cursor?.row == 10)
    }

    @Test func theFilterIsOfBoth() {
        var demo = DemoFleet.settled(size: Self.wide)
        demo.press(.character("/"))
        demo.type("host=web-*")
        demo.press(.enter)
        let text = rows(demo)
        #expect(text[4].hasPrefix("web ") && text[5].contains("<10ms"))
    }

    @Test func aThousandHostsFit() {
        let places = (0..<1000).map { HostPlace(label: "web-\($0):7433", address: "web-\($0):7433") }
        let fleet = Fleet(places: places)
        let lines = HeatMap.lines((0..<1000).map { .host($0) }, fleet, .lag, Self.wide)
        #expect(lines.reduce(0) { $0 + $1.hosts.count } == 1000)
        #expect(lines.count == 6 && lines.allSatisfy { $0.hosts.count <= 186 })
    }

    /// Each of another kind: then they stand one after the other.
    @Test func manyKindsArePacked() {
        let places = (0..<1000).map { number -> HostPlace in
            let name = "h" + String(repeating: "x", count: number % 97) + "y\(number)z"
            return HostPlace(label: "\(name):7433", address: "\(name):7433")
        }
        let fleet = Fleet(places: places)
        let lines = HeatMap.lines((0..<1000).map { .host($0) }, fleet, .cpu, Self.wide)
        #expect(lines.flatMap(\.hosts) == Array(0..<1000) && lines.count == 6)
        #expect(HeatMap.lines((0..<1000).map { .host($0) }, fleet, .off, Self.wide).isEmpty)
    }

    @Test func moreThanFitAreCounted() {
        let places = (0..<9000).map { HostPlace(label: "web-\($0)", address: "web-\($0)") }
        var demo = DemoFleet(size: Self.wide)
        demo.show(Fleet(places: places))
        let text = rows(demo)
        #expect(text.contains { $0.contains("hosts more than there is room for") })
        #expect(text.contains { $0.contains("HOST") && $0.contains("STATE") }, "the list keeps its room")
    }

    @Test func shadesAreOfTheNumber() {
        var demo = DemoFleet.settled(size: Self.wide)
        // web-17 has a lag p99 of 97 ms.
        #expect(Array(rows(demo)[8])[14] == "▒")
        demo.press(.character("v"))
        #expect(Array(rows(demo)[8])[14] == "·", "CPU 19%")
    }

    /// api-03, cron-01, db-gw-2, queue-1, web-17 ... in the map; the list is sorted by state.
    @Test func leftAndRightMoveItsCursorWhichIsThatOfTheList() {
        var demo = DemoFleet.settled(size: Self.wide)
        func chosen() -> String {
            String(rows(demo)[3].drop { $0 != ">" }.dropFirst(2).prefix { $0 != " " && $0 != ":" })
        }
        #expect(chosen() == "web-17")
        demo.press(.left)
        #expect(chosen() == "queue-1")
        demo.press(.left, .left, .left, .left, .left)
        #expect(chosen() == "api-03", "it stops at the end")
        let listed = rows(demo).dropFirst(11).first { $0.hasPrefix(">") }
        #expect(listed?.contains("api-03") == true)
        demo.press(.right, .enter)
        #expect(demo.frame().text.contains("cron-01"))
        // Without a map they sort, as they do in the other lists.
        var plain = DemoFleet.settled(size: Size(rows: 24, columns: 80))
        plain.press(.right)
        var sorted = DemoFleet.settled(size: Size(rows: 24, columns: 80))
        sorted.press(.character(">"))
        #expect(plain.frame().text == sorted.frame().text)
    }
}
