import Glibc
import ProcFS
import Testing

struct NetTCPTests {
    @Test func readsListenersAndNoConnections() throws {
        let text = try Fixture.bytes("container", "20298/net/tcp")
        let table = try NetTCP(parsing: text.span)
        #expect(table.listening == [ListeningSocket(port: 9000, inode: 179_623, address: "127.0.0.1")])
        #expect(table.isComplete)
    }

    @Test func anEmptyTableHasNone() throws {
        let text = try Fixture.bytes("nginx", "20113/net/tcp6")
        let table = try NetTCP(parsing: text.span)
        #expect(table.listening == [])
        #expect(!table.isComplete)
    }

    @Test func readsAnIPv6Row() throws {
        let text = Array(
            """
              sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
               0: 00000000000000000000000000000000:1F90 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1 0 100 0 0 10 0
            """.utf8)
        #expect(try NetTCP(parsing: text.span).listening == [ListeningSocket(port: 8080, inode: 4711, address: "::")])
    }

    @Test(arguments: [
        ("00000000", "0.0.0.0"), ("0100007F", "127.0.0.1"), ("0101A8C0", "192.168.1.1"),
        ("00000000000000000000000001000000", "::1"), ("0000000000000000FFFF00000100007F", "::ffff:127.0.0.1"),
        ("000080FE00000000FF005450B6AD1DFE", "fe80::5054:ff:fe1d:adb6"),
        ("B80D01200100000000000000000000FF", "2001:db8:0:1::ff00:0"),
        ("B80D0120000000000000010001000000", "2001:db8::1:0:0:1"),
    ])
    func writesAddressesAsPeopleDo(hex: String, expected: String) throws {
        let text = Array("0: \(hex):1F90 0:0 0A 0:0 0:0 0 0 0 7 1\n".utf8)
        #expect(try NetTCP(parsing: text.span).listening.map(\.address) == [expected])
    }

    @Test func aBrokenRowIsMalformed() {
        for row in [
            "0: 0100007F", "0: 0100007F:XY 0:0 0A", "0: 0100007F:12345 0:0 0A 0:0 0:0 0 0 0 7", "0: :1F90 0:0 0A",
            "0: 0100:1F90 0:0 0A 0:0 0:0 0 0 0 7", "0: 0100007G:1F90 0:0 0A 0:0 0:0 0 0 0 7",
        ] {
            #expect(throws: ProcError.self) {
                let text = Array(row.utf8)
                return try NetTCP(parsing: text.span)
            }
        }
    }

    /// A row of 150 bytes: the table is longer than what is read at once, and a read ends inside a row.
    @Test func findsListenersBeyondTheFirstRead() throws {
        let row = { (port: Int, state: String) in
            let hex = String(port, radix: 16, uppercase: true)
            return "   0: 0100007F:\(String(repeating: "0", count: 4 - hex.count))\(hex) 00000000:0000 \(state) "
                + "00000000:00000000 00:00000000 00000000     0        0 \(port + 100_000) 1 0000000000000000 100 0 0 10 0\n"
        }
        let rows = (1...1500).map { row($0, "0A") }.joined() + row(2000, "01") + row(2001, "0A")
        let tree = try TemporaryTree(files: ["7/net/tcp": "  sl  local_address\n\(rows)"])
        let reader = ProcReader(root: tree.path)
        let listeners = try reader.listeners(of: try reader.processDirectory(7))
        #expect(listeners.map(\.port) == Array(1...1500))
        #expect(listeners.map(\.inode) == Array(100_001...101_500))
    }
}
