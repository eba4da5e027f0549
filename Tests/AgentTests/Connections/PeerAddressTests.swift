import Glibc
import Testing

@testable import Agent

struct PeerAddressTests {
    @Test(arguments: [
        ("127.0.0.1", AF_INET, "127.0.0.1"), ("0.0.0.0", AF_INET, "0.0.0.0"),
        ("255.254.253.252", AF_INET, "255.254.253.252"), ("::", AF_INET6, "::"), ("::1", AF_INET6, "::1"),
        ("2001:db8::ff00:42:8329", AF_INET6, "2001:db8::ff00:42:8329"), ("::ffff:10.1.2.3", AF_INET6, "10.1.2.3"),
    ]) func isWrittenAsPeopleWriteIt(_ text: String, _ family: CInt, _ expected: String) {
        var words: (UInt32, UInt32, UInt32, UInt32) = (0, 0, 0, 0)
        #expect(inet_pton(family, text, &words) == 1)
        let address = PeerAddress(words, family: UInt8(truncatingIfNeeded: family))
        #expect(address.text == expected)
        #expect(address.isVersion4 == expected.contains("."))
    }

    @Test func aClientIsOnePeerWhicheverSocketItCameInBy() {
        var mapped: (UInt32, UInt32, UInt32, UInt32) = (0, 0, 0, 0)
        var plain: (UInt32, UInt32, UInt32, UInt32) = (0, 0, 0, 0)
        #expect(inet_pton(AF_INET6, "::ffff:10.1.2.3", &mapped) == 1 && inet_pton(AF_INET, "10.1.2.3", &plain) == 1)
        #expect(PeerAddress(mapped, family: 10) == PeerAddress(plain, family: 2))
    }

    @Test func placesToListenOn() {
        let any4 = PeerAddress(version4: 0)
        #expect(PeerAddress.text(any4, port: 80, isVersion6: false) == "0.0.0.0:80")
        #expect(PeerAddress.text(PeerAddress(high: 0, low: 0), port: 80, isVersion6: true) == "[::]:80")
        #expect(PeerAddress.text(PeerAddress(high: 0, low: 1), port: 65535, isVersion6: true) == "[::1]:65535")
        #expect(PeerAddress.text(any4, port: 1, isVersion6: true) == "[::ffff:0.0.0.0]:1")
    }
}
