import Lag
import Model
import Testing

@Suite struct TurnProofTests {
    private func at(_ milliseconds: UInt64) -> MonotonicInstant {
        MonotonicInstant(nanoseconds: 1_000_000_000 + milliseconds * 1_000_000)
    }

    @Test func oneExchangeProvesNothingTwoProveATurn() {
        var proof = TurnProof()
        for (look, exchanges) in [UInt64(7), 8, 9, 10].enumerated() {
            proof.note(connection: 1, exchanges: exchanges, consumed: exchanges, unread: 0, at: at(UInt64(look) * 10))
            proof.finish()
            #expect(proof.turns == [0, 0, 1, 2][look])
        }
    }

    @Test func exchangesOfDifferentConnectionsMayBeOfOneTurn() {
        var proof = TurnProof()
        for look in UInt64(0)..<12 {
            for id in UInt64(0)..<12 {
                proof.note(
                    connection: id, exchanges: id < look ? 1 : 0, consumed: id < look ? 9 : 0, unread: 0, at: at(look))
            }
            proof.finish()
        }
        #expect(proof.turns == 0)
    }

    @Test func dataThatWaitsTellsTheAgeOfTheTurn() {
        var proof = TurnProof()
        for look in UInt64(0)..<10 {
            proof.note(connection: 1, exchanges: 0, consumed: 5, unread: look < 3 ? 0 : 80, at: at(look * 10))
            proof.note(connection: 2, exchanges: look == 0 ? 0 : 1, consumed: look, unread: 0, at: at(look * 10))
            proof.finish()
            #expect(proof.unreadSince == (look < 3 ? nil : at(30)))
        }
    }

    @Test func aConnectionNobodyReadsIsNotWaiting() {
        var proof = TurnProof()
        for look in UInt64(0)..<10 {
            proof.note(connection: 1, exchanges: 0, consumed: 5, unread: 80, at: at(look * 10))
            proof.note(connection: 2, exchanges: look, consumed: look, unread: 0, at: at(look * 10))
            proof.finish()
        }
        #expect(proof.unreadSince == nil)
    }

    @Test func whatIsReadIsNotWaiting() {
        var proof = TurnProof()
        for look in UInt64(0)..<5 {
            proof.note(connection: 1, exchanges: 0, consumed: look * 5, unread: 80, at: at(look * 10))
            proof.finish()
        }
        #expect(proof.unreadSince == at(40))
    }

    @Test func anotherConnectionUnderTheSameNumberBeginsAnew() {
        var proof = TurnProof()
        for (look, exchanges) in [UInt64(50), 51, 0, 1].enumerated() {
            proof.note(connection: 1, exchanges: exchanges, consumed: exchanges, unread: 0, at: at(UInt64(look)))
            proof.finish()
        }
        #expect(proof.turns == 0)
        proof.finish()
        proof.note(connection: 1, exchanges: 9, consumed: 9, unread: 0, at: at(9))
        proof.finish()
        #expect(proof.turns == 0)
    }
}
