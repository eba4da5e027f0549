import Model
import Testing

@testable import Trust

struct IdentityNameTests {
    private let fleet = "00112233445566778899aabbccddeeff"

    @Test(arguments: [
        IdentityName.agent(host), .person(name: "ada", role: .viewer), .person(name: "a.b_c-9", role: .admin),
    ])
    func readsWhatItWrites(name: IdentityName) throws {
        let uri = try #require(name.uri(fleet: fleet))
        let parsed = try #require(IdentityName.parse(uri: uri))
        #expect(parsed.name == name)
        #expect(parsed.fleet == fleet)
    }

    @Test(arguments: [
        "", "spiffe://", "spiffe://f", "spiffe://f/agent", "spiffe://f/agent/", "spiffe:///agent/00",
        "spiffe://f/agent/0123", "spiffe://f/agent/0123456789ABCDEFfedcba9876543210",
        "spiffe://f/agent/01234567-89ab-cdef-fedc-ba9876543210",
        "spiffe://f/agent/0123456789abcdeffedcba9876543210/", "spiffe://f/agent/0123456789abcdeffedcba9876543210/x",
        "spiffe://f/agent/0123456789abcdeffedcba9876543210?x", "SPIFFE://f/agent/0123456789abcdeffedcba9876543210",
        "https://f/agent/0123456789abcdeffedcba9876543210", "spiffe://f/user/ada", "spiffe://f/user/ada/root",
        "spiffe://f/user/Ada/admin", "spiffe://f/user//admin", "spiffe://f/user/ada/admin/x",
        "spiffe://f/user/%61da/admin", "spiffe://f/robot/ada/admin", "spiffe://F/user/ada/admin",
        "spiffe://f/user/ada\n/admin",
    ])
    func refusesEverythingElse(uri: String) { #expect(IdentityName.parse(uri: uri) == nil) }

    @Test func limitsASegmentToSixtyFourCharacters() {
        let longest = String(repeating: "a", count: 64)
        #expect(IdentityName.parse(uri: "spiffe://f/user/\(longest)/viewer") != nil)
        #expect(IdentityName.parse(uri: "spiffe://f/user/\(longest)a/viewer") == nil)
    }
}
