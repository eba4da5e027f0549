import Model
import Wire

/// QUERY and ANSWER of every kind.
extension Vector {
    static let queries: [Vector] = [
        Vector(
            name: "query-offers",
            message: .query(Query(id: 1, body: .offers(.worker(Samples.worker)))),
            hex: """
                0000001c0f0100000101015eb025f78f4e4d0a9c1d2b3a4c5d6e7fd821d2fa04
                """),
        Vector(
            name: "query-lives",
            message: .query(Query(id: 2, body: .lives(groupKey: "node:4300", slot: 2))),
            hex: """
                000000110f0100000202096e6f64653a3433303002
                """),
        Vector(
            name: "query-connections",
            message: .query(Query(id: 3, body: .connections(ControlSamples.groupTarget))),
            hex: """
                000000270f0100000303025eb025f78f4e4d0a9c1d2b3a4c5d6e7f096e6f64653a3433303001cc21b0fa04
                """),
        Vector(
            name: "query-events",
            message: .query(Query(id: 4, body: .events(after: 300))),
            hex: """
                000000080f0100000404ac02
                """),
        Vector(
            name: "query-past-pieces",
            message: .query(Query(id: 5, body: .pastPieces(.workers))),
            hex: """
                000000070f010000050502
                """),
        Vector(
            name: "query-past",
            message: .query(Query(id: 6, body: .past(piece: 9, offset: 61440))),
            hex: """
                0000000a0f01000006060980e003
                """),
        Vector(
            name: "query-log",
            message: .query(Query(id: 7, body: .log(LogSamples.request))),
            hex: """
                000000290f0100000707096e6f64653a343330300202640180e0a596bb110a6572726f727c7761726e03010203
                """),
        Vector(
            name: "answer-offers",
            message: .answer(Answer(id: 1, body: .offers(ControlSamples.offers, ControlSamples.experience))),
            hex: """
                000000671001000001010201355349475445524d20746f2074686520776f726b65723b2074686520706172656e74206d
                61792073746172742061206e6577206f6e65000300011c61206e6f646520636c757374657220686173206e6f2072656c
                6f616404010180d293ad03
                """),
        Vector(
            name: "answer-lives",
            message: .answer(Answer(id: 2, body: .lives(ControlSamples.lives, Experience()))),
            hex: """
                00000074100100000202025eb025f78f4e4d0a9c1d2b3a4c5d6e7f8927b2ac8f04808098bf84e1add731005eb025f78f
                4e4d0a9c1d2b3a4c5d6e7fd921d8fa0484c0eff4e9a6add731ff808098bf84e1add731020908757365722f616461c0ff
                ee0000000000000000000000002a7880808028e820000000
                """),
        Vector(
            name: "answer-connections",
            message: .answer(Answer(id: 3, body: .connections(ControlSamples.connections))),
            hex: """
                0000003e1001000003038080bc8ac9d2130e01010c302e302e302e303a3330303003ff03010831302e302e302e390c00
                80800480b09dc2df010201020103029b0503
                """),
        Vector(
            name: "answer-events",
            message: .answer(Answer(id: 4, body: .events([Samples.event(.hung(ControlSamples.place))]))),
            hex: """
                0000003d10010000040401078080bc8ac9d213808098bf84e1add731055eb025f78f4e4d0a9c1d2b3a4c5d6e7fd821d2
                fa0403776562096e6f64653a3433303001
                """),
        Vector(
            name: "answer-past-pieces",
            message: .answer(Answer(id: 5, body: .pastPieces(.workers, [ControlSamples.piece]))),
            hex: """
                000000191001000005060201098094ebdc038084fea7e108ad0284e003
                """),
        Vector(
            name: "answer-past",
            message: .answer(
                Answer(id: 6, body: .past(PastPart(piece: 9, offset: 61440, bytes: [1, 2, 3, 4], byteCount: 61444)))),
            hex: """
                000000121001000006070980e00384e0030401020304
                """),
        Vector(
            name: "answer-log",
            message: .answer(Answer(id: 7, body: .log(LogSamples.page))),
            hex: """
                0000006a100100000708030405060102147374646f75743a202f7372762f6170692e6c6f6701010201020f7374646572
                723a206a6f75726e616c0201010203000111313238206c696e65732064726f707065640008a846057265616479010680
                8098bf84e1add7310204626f6f6d
                """),
        Vector(
            name: "answer-denied",
            message: .answer(Answer(id: 7, body: .denied("web: logs need the role operator; you are viewer"))),
            hex: """
                00000037100100000709307765623a206c6f6773206e6565642074686520726f6c65206f70657261746f723b20796f75
                2061726520766965776572
                """),
        Vector(
            name: "answer-unknown",
            message: .answer(Answer(id: 2, body: .unknown("no such slot"))),
            hex: """
                000000131001000002050c6e6f207375636820736c6f74
                """),
    ]
}
