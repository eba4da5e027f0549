import Model
import Testing
import Wire

/// One message and its bytes; the same bytes stand under the same name in `docs/PROTOCOL.md`.
struct Vector: Sendable, CustomTestStringConvertible {
    var name: String
    var message: Message
    var hex: String

    var testDescription: String { name }
    var bytes: [UInt8] { WireTests.bytes(hex: hex) }
    var body: [UInt8] { Array(bytes.dropFirst(MessageHeader.byteCount)) }
}

extension Vector {
    static let all = sessions + events + commands + queries

    private static let sessions: [Vector] = [
        Vector(
            name: "hello",
            message: .hello(Samples.hello),
            hex: """
                0000002901010000030300010011111111111111112222222222222222808098bf84e1add7318080bc8ac9d213
                """),
        Vector(
            name: "welcome",
            message: .welcome(Samples.welcome),
            hex: """
                000000700201000003000123456789abcdeffedcba98765432105eb025f78f4e4d0a9c1d2b3a4c5d6e7f0464622d3115
                362e312e302d31382d616d643634207838365f3634086405302e312e308094ebdc030200111111111111111122222222
                22222222808098bf84e1add7318080bc8ac9d213
                """),
        Vector(
            name: "deny-list",
            message: .denyList(DenyListText(version: 3, text: Array("looptop deny-list 1\n".utf8))),
            hex: "0000001a1101000003146c6f6f70746f702064656e792d6c69737420310a"),
        Vector(
            name: "deny-list-announcement", message: .denyList(DenyListText(version: 3, text: [])),
            hex: "00000006110100000300"),
        Vector(name: "renew-request", message: .renewRequest([0x30, 1, 2]), hex: "000000081201000003300102"),
        Vector(name: "renew-grant", message: .renewGrant([0x30, 3]), hex: "0000000713010000023003"),
        Vector(
            name: "failure",
            message: .failure(Failure(code: .version, text: "no version in common: 3 here, 4...5 there")),
            hex: """
                0000002f0301000002296e6f2076657273696f6e20696e20636f6d6d6f6e3a203320686572652c20342e2e2e35207468
                657265
                """),
        Vector(
            name: "ping",
            message: .ping(Ping(nonce: 300)),
            hex: """
                0000000604010000ac02
                """),
        Vector(
            name: "pong",
            message: .pong(Pong(nonce: 300, wall: Samples.wall, monotonic: Samples.monotonic)),
            hex: """
                0000001605010000ac02808098bf84e1add7318080bc8ac9d213
                """),
        Vector(
            name: "subscribe",
            message: .subscribe(Subscription(id: 1, interest: .workers, interval: .seconds(1))),
            hex: """
                0000000b0601000001038094ebdc03
                """),
        Vector(
            name: "subscribe-worker",
            message: .subscribe(Subscription(id: 2, interest: .worker(Samples.worker), interval: .milliseconds(100))),
            hex: """
                0000001f0601000002045eb025f78f4e4d0a9c1d2b3a4c5d6e7fd821d2fa0480c2d72f
                """),
        Vector(
            name: "unsubscribe",
            message: .unsubscribe(2),
            hex: """
                000000050701000002
                """),
        Vector(
            name: "keyframe",
            message: .keyframe(subscription: 1, Samples.keyframe),
            hex: """
                000001250801000001298080bc8ac9d213808098bf84e1add73101941080808080407d020102010f0103776562028080
                98bf84e1add73101096e6f64653a34333030037765620201b8170207cc21b0fa04010b7765622e736572766963650221
                020002015eb025f78f4e4d0a9c1d2b3a4c5d6e7fd821d2fa04cc210101e807046e6f646502046e6f6465122f7372762f
                7765622f7365727665722e6a7382c0eff4e9a6add7310001ea2194fb04020765736275696c64c7be910180e497d01280
                8080200b8407e0a596bb11c0a8a50453e820cc08000d32721e821000d921d8fa04cc210102e807046e6f646502046e6f
                6465122f7372762f7765622f7365727665722e6a7384c0eff4e9a6add7310000c70e808cee891a808080280b8407a09b
                9fb91880a4e8035300
                """),
        Vector(
            name: "delta",
            message: .delta(Delta(subscription: 1, from: Samples.keyframe, to: Samples.later)),
            hex: """
                00000083090100000129021c80a8d6b907ac020000100c04400200031fb3190483ed20c0f0f50b3cffd36180ea30911f
                8b1e92031fffc1000102008927b2ac8f04cc210102e807046e6f646502046e6f6465122f7372762f7765622f73657276
                65722e6a7384c0eff4e9a6add7310000c70e8095f52a808080140b8407d8eb9d28e0a712530000
                """),
        Vector(
            name: "accepted",
            message: .accepted(Samples.commandID),
            hex: """
                000000140c010000c0ffee0000000000000000000000002a
                """),
        Vector(
            name: "drain",
            message: .drain(reason: "upgrade"),
            hex: """
                0000000c0e0100000775706772616465
                """),
        Vector(
            name: "enrol-offer",
            message: .enrolOffer(Samples.offer),
            hex: """
                0000004c20010000a0a1a2a3a4a5a6a70a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a
                404142434445464748494a4b4c4d4e4f505152535455565758595a5b5c5d5e5f
                """),
        Vector(
            name: "enrol-proof",
            message: .enrolProof(EnrolProof(nonce: Array(repeating: 0x0b, count: 32), hmac: Array(0..<32))),
            hex: """
                00000044210100000b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0001020304050607
                08090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f
                """),
        Vector(
            name: "enrol-request",
            message: .enrolRequest(
                EnrolRequest(
                    csr: [0x30, 0x03, 0x02, 0x01, 0x00], hostID: Samples.host, hostName: "db-1",
                    addresses: ["db-1:7433", "10.0.0.7:7433"])),
            hex: """
                00000038220100000530030201000123456789abcdeffedcba98765432100464622d31020964622d313a373433330d31
                302e302e302e373a37343333
                """),
        Vector(
            name: "enrol-grant",
            message: .enrolGrant(
                EnrolGrant(
                    leaf: [0x30, 0x03, 0x02, 0x01, 0x01], ca: [0x30, 0x03, 0x02, 0x01, 0x02], denyList: [0x78])),
            hex: """
                00000012230100000530030201010530030201020178
                """),
        Vector(
            name: "enrol-done",
            message: .enrolDone,
            hex: """
                0000000424010000
                """),
    ]
}
