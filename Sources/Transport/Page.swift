/// What is asked of a server of pages: a GET or HEAD without a body.
public struct PageRequest: Sendable {
    /// Without what stands behind a question mark.
    public var path: String
    /// The header `Accept`, where it was sent.
    public var accept: String?

    public init(path: String, accept: String?) {
        self.path = path
        self.accept = accept
    }
}

/// An answer to it.
public struct Page: Sendable {
    /// 200, 406, 503 ...
    public var status: Int
    public var contentType: String
    public var body: [UInt8]

    public init(status: Int = 200, contentType: String = "text/plain; charset=utf-8", body: [UInt8]) {
        self.status = status
        self.contentType = contentType
        self.body = body
    }

    /// A line of text.
    public init(status: Int = 200, _ line: String) { self.init(status: status, body: Array((line + "\n").utf8)) }
}
