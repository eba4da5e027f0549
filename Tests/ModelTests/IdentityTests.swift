import Model
import Testing

@Suite struct IdentityTests {
    @Test func aBootIDReadsAsTheKernelWritesIt() throws {
        let boot = try #require(BootID(hex: "0190cf3e-4b7a-4d2c-9f1e-00000000abcd"))
        #expect(boot.hex == "0190cf3e4b7a4d2c9f1e00000000abcd")
        #expect(BootID(hex: boot.hex.uppercased()) == boot)
    }

    @Test(arguments: ["", "0190cf3e", "0190cf3e4b7a4d2c9f1e00000000abcd0", "0190cf3e4b7a4d2c9f1e00000000abcg", "é"])
    func anythingElseIsNoIdentifier(_ text: String) {
        #expect(Identifier128(hex: text) == nil)
    }

    @Test func randomIdentifiersSurviveWriting() {
        for _ in 0..<100 {
            let id = Identifier128.random()
            #expect(Identifier128(hex: id.hex) == id)
        }
    }

    @Test func aWorkerOfAnotherBootOrStartIsAnotherWorker() {
        let boot = BootID(high: 1, low: 2)
        let worker = WorkerID(boot: boot, pid: 7, startTicks: 100)
        #expect(worker != WorkerID(boot: boot, pid: 7, startTicks: 101))
        #expect(worker != WorkerID(boot: BootID(high: 1, low: 3), pid: 7, startTicks: 100))
    }
}
