import Testing

@testable import Model

struct DenyListExchangeTests {
    static func list(_ version: UInt64) -> DenyListText { DenyListText(version: version, text: [UInt8(version)]) }

    @Test func theNewerListCrossesOnceWhoeverHasIt() {
        for (left, right) in [(0, 0), (0, 3), (3, 0), (2, 3), (3, 2), (3, 3)] as [(UInt64, UInt64)] {
            var sides = [left, right].map { DenyListExchange(own: $0 == 0 ? nil : Self.list($0)) }
            var sent = 0
            // What each side says travels to the other, in order.
            var travelling = [(to: 1, sides[0].announcement), (to: 0, sides[1].announcement)]
            while !travelling.isEmpty, sent < 20 {
                let (to, message) = travelling.removeFirst()
                switch sides[to].receive(message) {
                case .nothing: break
                case .send(let answer):
                    travelling.append((to: 1 - to, answer))
                    sent += 1
                case .judge(let taken):
                    #expect(taken == Self.list(max(left, right)))
                    travelling.append((to: 1 - to, sides[to].change(to: taken)))
                }
            }
            #expect(travelling.isEmpty)
            #expect(sides.map(\.announcement.version) == [max(left, right), max(left, right)])
        }
    }

    @Test func whatIsOlderIsNeverJudged() {
        let exchange = DenyListExchange(own: Self.list(5))
        #expect(exchange.receive(Self.list(4)) == .send(Self.list(5)))
        #expect(exchange.receive(Self.list(5)) == .nothing)
        #expect(exchange.receive(Self.list(6)) == .judge(Self.list(6)))
    }
}
