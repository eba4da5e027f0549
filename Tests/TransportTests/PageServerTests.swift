import Model
import NIOCore
import Synchronization
import Testing

@testable import Transport

struct PageServerTests {
    /// A server with one page, `/page`, and what can be asked of it.
    struct Server {
        static let body = String(repeating: "a_line_of_a_page 1\n", count: 500)

        let network = Network()
        let listener: Listener
        let address: SocketAddress

        init(patience: Duration = .seconds(30), body: String = Self.body) throws {
            listener = try network.listen(pages: SocketName(loopback: "127.0.0.1:0"), patience: patience) { request in
                switch request.path {
                case "/page": Page(contentType: "text/x", body: Array(body.utf8))
                case "/accept": Page("\(request.accept ?? "nothing")")
                case "/later": Page(status: 503, "later")
                default: nil
                }
            }
            address = try SocketAddress(ipAddress: "127.0.0.1", port: Int(listener.port ?? 0))
        }

        /// All that comes back until the server closes.
        func ask(_ request: String) async throws -> String {
            let client = try await RawClient.connect(network, to: address)
            try await client.send(Array(request.utf8))
            try await client.closed()
            return String(decoding: client.bytes, as: UTF8.self)
        }

        func get(_ path: String, _ headers: String = "", method: String = "GET") async throws -> String {
            try await ask("\(method) \(path) HTTP/1.1\r\nhost: x\r\n\(headers)connection: close\r\n\r\n")
        }
    }

    static func status(_ answer: String) -> String { String(answer.prefix { $0 != "\r\n" }) }

    static func body(_ answer: String) -> String {
        var rest = answer[...]
        while !rest.isEmpty, !rest.hasPrefix("\r\n\r\n") { rest = rest.dropFirst() }
        return String(rest.dropFirst(2))
    }

    @Test func aPageIsServed() async throws {
        let server = try Server()
        defer { server.network.shutdown() }
        let answer = try await server.get("/page?x=1")
        #expect(Self.status(answer) == "HTTP/1.1 200 OK" && Self.body(answer) == Server.body)
        #expect(answer.contains("content-type: text/x\r\n") && answer.contains("content-length: 9500\r\n"))
        let head = try await server.get("/page", method: "HEAD")
        #expect(
            Self.status(head) == "HTTP/1.1 200 OK" && Self.body(head) == "" && head.contains("content-length: 9500"))
        #expect(Self.body(try await server.get("/accept", "accept: a/b\r\nAccept: c/d;q=0.5\r\n")) == "a/b,c/d;q=0.5\n")
    }

    @Test func whatIsNotServedHasItsStatus() async throws {
        let server = try Server()
        defer { server.network.shutdown() }
        #expect(Self.status(try await server.get("/")) == "HTTP/1.1 404 Not Found")
        #expect(Self.status(try await server.get("/later")) == "HTTP/1.1 503 Service Unavailable")
        let post = try await server.get("/page", method: "DELETE")
        #expect(Self.status(post) == "HTTP/1.1 405 Method Not Allowed" && post.contains("allow: GET, HEAD\r\n"))
    }

    @Test(arguments: [
        ("POST /page HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\n\r\nabc", "413 Payload Too Large"),
        (
            "GET /page HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
            "413 Payload Too Large"
        ),
        (
            "GET /page HTTP/1.1\r\nhost: x\r\na: \(String(repeating: "b", count: 9000))\r\n\r\n",
            "431 Request Header Fields Too Large"
        ),
        (
            "GET /page HTTP/1.1\r\n\(String(repeating: "a: b\r\n", count: 65))\r\n",
            "431 Request Header Fields Too Large"
        ),
        ("nonsense\r\n\r\n", "400 Bad Request"), ("GET /page HTTP/9.9\r\n\r\n", "400 Bad Request"),
        ("GET \u{1}\u{2} HTTP/1.1\r\n\r\n", "400 Bad Request"),
    ])
    func whatNobodyShouldSendIsRefusedAndTheConnectionClosed(request: String, status: String) async throws {
        let server = try Server()
        defer { server.network.shutdown() }
        #expect(Self.status(try await server.ask(request)) == "HTTP/1.1 \(status)")
        #expect(Self.status(try await server.get("/page")) == "HTTP/1.1 200 OK")
    }

    @Test func aRequestWithoutAnEndIsClosed() async throws {
        let server = try Server()
        defer { server.network.shutdown() }
        let client = try await RawClient.connect(server.network, to: server.address)
        // It may close before all is sent.
        try? await client.send(Array("GET /\(String(repeating: "a", count: 70_000))".utf8))
        try await client.closed()
    }

    @Test func aConnectionIsUsedAgain() async throws {
        let server = try Server()
        defer { server.network.shutdown() }
        let both = try await server.ask(
            "GET /later HTTP/1.1\r\nhost: x\r\n\r\nGET /accept HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
        #expect(both.hasPrefix("HTTP/1.1 503") && both.contains("HTTP/1.1 200 OK") && both.hasSuffix("nothing\n"))
    }

    @Test func aPageIsPackedForWhoTakesIt() async throws {
        let server = try Server()
        defer { server.network.shutdown() }
        let client = try await RawClient.connect(server.network, to: server.address)
        try await client.send(
            Array("GET /page HTTP/1.1\r\naccept-encoding: br, gzip;q=0.5\r\nconnection: close\r\n\r\n".utf8))
        try await client.closed()
        let answer = String(decoding: client.bytes, as: UTF8.self)
        #expect(answer.contains("content-encoding: gzip\r\n") && client.bytes.count < 1000)
        #expect(Gzip.compress(Array(Server.body.utf8))?.prefix(3) == [0x1F, 0x8B, 8])
        #expect(!(try await server.get("/page", "accept-encoding: gzip;q=0\r\n")).contains("content-encoding"))
        #expect(!(try await server.get("/later", "accept-encoding: gzip\r\n")).contains("content-encoding"))
    }

    @Test func whoSaysNothingAndWhoReadsNothingIsClosed() async throws {
        let server = try Server(patience: .milliseconds(300), body: String(repeating: "x", count: 20_000_000))
        defer { server.network.shutdown() }
        let silent = try await RawClient.connect(server.network, to: server.address)
        try await silent.closed()
        #expect(silent.bytes == [])
        let deaf = try await RawClient.connect(server.network, to: server.address, reads: false)
        try await deaf.send(Array("GET /page HTTP/1.1\r\nhost: x\r\n\r\n".utf8))
        // As long as that one may say nothing the other may read nothing.
        let next = try await RawClient.connect(server.network, to: server.address)
        try await next.closed()
        try? await deaf.startReading()  // it may have seen its end already
        try await deaf.closed()
        #expect(deaf.bytes.count < 20_000_000)
    }

    @Test func moreConnectionsThanMayBeAreTurnedAway() async throws {
        let server = try Server()
        defer { server.network.shutdown() }
        var clients: [RawClient] = []
        for _ in 0..<Network.mostReaders {
            clients.append(try await RawClient.connect(server.network, to: server.address))
        }
        // One more: it may be turned away before it knows that it is connected.
        do {
            try await RawClient.connect(server.network, to: server.address).closed()
        } catch ChannelError.ioOnClosedChannel {}
        #expect(server.listener.turnedAway == 1)
        try clients[0].close()
        try await clients[0].closed()
        // Its place is free once the server has heard of that, too.
        var answer = ""
        for _ in 0..<1000 where answer.isEmpty {
            do { answer = try await server.get("/page") } catch ChannelError.ioOnClosedChannel {}
        }
        #expect(Self.status(answer) == "HTTP/1.1 200 OK")
    }

    @Test(arguments: [
        ("0.0.0.0:1", TransportError.notLoopback("0.0.0.0:1")), (":1", .notLoopback(":1")),
        ("[::]:1", .notLoopback("[::]:1")),
        ("10.1.2.3:1", .notLoopback("10.1.2.3:1")), ("example.org:1", .notLoopback("example.org:1")),
        ("127.0.0.1.example.org:1", .notLoopback("127.0.0.1.example.org:1")), ("a b", .notAnAddress("a b")),
        ("127.0.0.1", .notAnAddress("127.0.0.1")), ("localhost", .notAnAddress("localhost")),
        ("[::1]", .notAnAddress("[::1]")),
    ])
    func onlyThisMachineIsServed(address: String, error: TransportError) {
        #expect(throws: error) { try SocketName(loopback: address) }
        let network = Network()
        defer { network.shutdown() }
        guard case .notLoopback = error, !address.contains("example") else { return }
        #expect(throws: (any Error).self) { try network.listen(pages: SocketName(parsing: address)) { _ in nil } }
    }

    @Test(arguments: ["127.0.0.1:9", "127.1.2.3:9", "[::1]:9", "localhost:9"])
    func itsOwnAddressesAreTaken(address: String) throws { _ = try SocketName(loopback: address) }

    @Test func anAddressInUseIsSaid() throws {
        let network = Network()
        defer { network.shutdown() }
        let first = try network.listen(pages: SocketName(loopback: "127.0.0.1:0")) { _ in nil }
        let name = SocketName(host: "127.0.0.1", port: first.port ?? 0)
        #expect(throws: TransportError.addressInUse("\(name)")) { try network.listen(pages: name) { _ in nil } }
    }

    @Test(arguments: [
        ("gzip", true), ("deflate, gzip;q=1.0, *;q=0.5", true), ("*", true), ("GZIP", true), ("*;q=0", false),
        ("gzip;q=0, *", false), ("br", false), ("", false),
    ])
    func gzipIsForWhoTakesIt(header: String, isTaken: Bool) { #expect(Gzip.isAccepted(by: header) == isTaken) }
}
