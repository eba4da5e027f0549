import Testing

@testable import Console

@Suite struct MouseTests {
    @Test func readsPressesAndTheWheel() {
        #expect(Mouse(report: "<0;10;5M") == Mouse(.click, at: Position(row: 4, column: 9)))
        #expect(Mouse(report: "<64;1;1M") == Mouse(.wheelUp, at: Position(row: 0, column: 0)))
        #expect(Mouse(report: "<65;300;200M") == Mouse(.wheelDown, at: Position(row: 199, column: 299)))
        #expect(Mouse(report: "<16;2;2M")?.action == .click, "with Control held")
    }

    @Test(arguments: [
        "<0;10;5m", "<1;1;1M", "<2;1;1M", "<32;1;1M", "<66;1;1M", "<0;0;1M", "<0;1;0M", "<0;1M", "<0;1;1;1M", "<;;M",
        "<M", "M",
        "", "<0;-1;5M", "<0;1;99999999999999999999M", "0;1;1M",
    ])
    func leavesOutTheRest(report: String) {
        #expect(Mouse(report: report) == nil)
    }

    @Test func comesAsAKeyAndTypesNothing() {
        var decoder = KeyDecoder()
        var input = Array("\u{1B}[<0;3;2Mq\u{1B}[<0;3;2mq".unicodeScalars).map { RawKey.scalar($0) }[...]
        var keys: [Input] = []
        while let key = decoder.next({ input.popFirst() }) { keys.append(key) }
        let click = Mouse(.click, at: Position(row: 1, column: 2))
        #expect(
            keys == [.key(.mouse(click)), .key(.character("q")), .key(.unknown(0)), .key(.character("q"))])
    }
}
