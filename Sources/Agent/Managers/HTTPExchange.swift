/// A request and its answer over one connection.
struct HTTPExchange {
    enum Method: String {
        case get = "GET"
        case post = "POST"
    }

    var method: Method
    /// Of visible ASCII characters only: `isTarget`.
    var target: String
    var host: String
    var body: [UInt8] = []
    var contentType: String?

    /// What may stand in the first line of a request: nothing in it can begin another line or word.
    static func isTarget(_ text: String) -> Bool {
        text.hasPrefix("/") && text.utf8.count <= 1024 && text.utf8.allSatisfy { (0x21...0x7E).contains($0) }
    }

    private var request: [UInt8] {
        var head = "\(method.rawValue) \(target) HTTP/1.1\r\nHost: \(host)\r\nUser-Agent: looptop-agent\r\n"
        head += "Accept: */*\r\nConnection: close\r\n"
        if let contentType { head += "Content-Type: \(contentType)\r\n" }
        if method == .post { head += "Content-Length: \(body.count)\r\n" }
        return Array(head.utf8) + Array("\r\n".utf8) + body
    }

    /// Sends it and takes the answer: all of it, or as far as its status when `statusOnly`.
    func perform(
        over stream: PeerStream, statusOnly: Bool = false, by deadline: Deadline
    ) throws(CallTrouble) -> (status: Int, body: [UInt8]) {
        guard Self.isTarget(target) else { throw .failed("\(excerpt(target)) is no path to ask for") }
        try stream.send(request, by: deadline)
        var reader = HTTPReader()
        while !reader.isDone, !(statusOnly && reader.hasHead) {
            let bytes = try stream.receive(by: deadline)
            if bytes.isEmpty { reader.end() } else { reader.take(bytes) }
        }
        if case .wrong(let sentence) = reader.state, !(statusOnly && reader.hasHead) { throw .failed(sentence) }
        return (reader.status, reader.body)
    }
}
