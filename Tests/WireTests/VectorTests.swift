import Testing
import Wire

@Suite struct VectorTests {
    @Test(arguments: Vector.all) func aMessageHasExactlyTheseBytes(_ vector: Vector) throws {
        #expect(hex(vector.message.encoded()) == hex(vector.bytes))
        #expect(try decode(vector.bytes) == vector.message)
    }

    @Test func everyMessageTypeHasAVector() {
        #expect(Set(Vector.all.map(\.message.type)) == Set(MessageType.allCases))
    }

    @Test func numbersOfMessagesStayWhatTheyAre() {
        let numbers: [UInt8] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 32, 33, 34, 35, 36]
        #expect(MessageType.allCases.map(\.rawValue) == numbers)
    }
}
