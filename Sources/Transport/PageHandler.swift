internal import Model
internal import NIOCore
internal import NIOHTTP1

/// Answers the requests of one connection, one after the other; the pipeline before it hands over the next when one is
/// answered.
///
/// Waiting for a request, then making and sending the page: each may take `patience`, or the connection is closed, so that
/// neither who sends nothing nor who reads nothing keeps one for long.
final class PageHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    /// Of one line of a request, and of all its headers.
    static let longestField = 8 * 1024
    static let longestHeaders = 16 * 1024
    static let mostHeaders = 64
    struct Settings: Sendable {
        var patience: Duration
        var answer: @Sendable (PageRequest) async -> Page?
    }

    private let settings: Settings
    private var context: ChannelHandlerContext?
    private var timer: Scheduled<Void>?
    private var task: Task<Void, Never>?
    private var head: HTTPRequestHead?
    /// Nothing is read any more: the connection closes when what was written has gone out.
    private var isEnding = false

    init(settings: Settings) { self.settings = settings }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        wait()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        timer?.cancel()
        task?.cancel()
        self.context = nil
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isEnding else { return }
        switch unwrapInboundIn(data) {
        case .head(let head):
            self.head = head
            // What is sent along would have to be read to its end before the next request.
            guard !head.hasBody else { return end(Page(status: 413, "a request here has no body")) }
        case .body: end(Page(status: 413, "a request here has no body"))
        case .end:
            guard let head else { return }
            wait()
            respond(to: head)
        }
    }

    private func respond(to head: HTTPRequestHead) {
        guard let context else { return }
        guard head.method == .GET || head.method == .HEAD else {
            return write(Page(status: 405, "only GET and HEAD"), packed: nil)
        }
        let request = PageRequest(
            path: String(head.uri.prefix { $0 != "?" }), accept: Self.value(of: "accept", in: head))
        let takesGzip = Gzip.isAccepted(by: Self.value(of: "accept-encoding", in: head))
        let me = NIOLoopBound(self, eventLoop: context.eventLoop)
        task = Task { [settings] in
            let made = await settings.make(request, packed: takesGzip)
            guard !Task.isCancelled else { return }
            me.eventLoop.execute { me.value.write(made.page, packed: made.packed) }
        }
    }

    /// Several headers of one name are one list.
    private static func value(of name: String, in head: HTTPRequestHead) -> String? {
        let values = head.headers[name]
        return values.isEmpty ? nil : values.joined(separator: ",")
    }

    /// Answers the request that is open, if any.
    private func write(_ page: Page, packed: [UInt8]?) {
        guard let context else { return }
        let body = packed ?? page.body
        let goesOn = head?.isKeepAlive == true && !isEnding
        var headers = HTTPHeaders([
            ("content-type", page.contentType), ("content-length", "\(body.count)"), ("cache-control", "no-store"),
        ])
        if packed != nil { headers.add(name: "content-encoding", value: "gzip") }
        if page.status == 405 { headers.add(name: "allow", value: "GET, HEAD") }
        if !goesOn { headers.add(name: "connection", value: "close") }
        let hasBody = head?.method != .HEAD
        head = nil
        let answer = HTTPResponseHead(
            version: .http1_1, status: HTTPResponseStatus(statusCode: page.status), headers: headers)
        context.write(wrapOutboundOut(.head(answer)), promise: nil)
        if hasBody { context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: body)))), promise: nil) }
        let me = NIOLoopBound(self, eventLoop: context.eventLoop)
        context.writeAndFlush(wrapOutboundOut(.end(nil))).whenComplete { _ in
            if goesOn { me.value.wait() } else { me.value.context?.close(promise: nil) }
        }
    }

    /// The last answer.
    private func end(_ page: Page) {
        isEnding = true
        write(page, packed: nil)
    }

    /// From now on there is so much time until the next step.
    private func wait() {
        timer?.cancel()
        guard let context else { return }
        let (channel, patience) = (context.channel, TimeAmount.nanoseconds(settings.patience.nanoseconds))
        timer = context.eventLoop.scheduleTask(in: patience) { channel.close(promise: nil) }
    }

    /// Of the parser, or of the socket; an answer that was begun is not followed by another.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let error = error as? HTTPParserError, head == nil, !isEnding else { return context.close(promise: nil) }
        let isTooLong = error == .headerOverflow
        end(isTooLong ? Page(status: 431, "the headers are too long") : Page(status: 400, "this is no HTTP"))
    }
}

extension HTTPRequestHead {
    fileprivate var hasBody: Bool {
        headers.contains(name: "transfer-encoding") || headers["content-length"].contains { $0 != "0" }
    }
}

private struct Made: Sendable {
    var page: Page
    /// The body as gzip.
    var packed: [UInt8]?
}

extension PageHandler.Settings {
    /// Below that it is not worth it.
    private static let shortestToPack = 1024

    fileprivate func make(_ request: PageRequest, packed: Bool) async -> Made {
        guard let page = await answer(request) else {
            return Made(page: Page(status: 404, "there is no such page"), packed: nil)
        }
        let isWorthIt = packed && page.body.count >= Self.shortestToPack
        return Made(page: page, packed: isWorthIt ? Gzip.compress(page.body) : nil)
    }
}
