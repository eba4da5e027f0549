import Model
import Testing

@testable import Dashboard

struct ClockBridgeTests {
    private func at(_ seconds: Double) -> MonotonicInstant { MonotonicInstant(nanoseconds: UInt64(seconds * 1e9)) }

    @Test func aDelayedSnapshotIsAsOldAsItIs() {
        var bridge = ClockBridge()
        #expect(bridge.translate(at(500), receivedAt: at(100)) == at(100))
        #expect(bridge.translate(at(501), receivedAt: at(101)) == at(101))
        #expect(bridge.translate(at(502), receivedAt: at(109)) == at(102))  // seven seconds on its way
    }

    @Test func driftingClocksDoNotAddUp() {
        var bridge = ClockBridge()
        for second in 0..<100_000 {
            let received = at(Double(second) * 1.0001)  // the agent's clock is slow by 100 ppm
            let translated = bridge.translate(at(Double(second) + 7), receivedAt: received)
            #expect(received - translated < .milliseconds(20))
        }
    }

    @Test(arguments: [0, 1, UInt64.max, UInt64.max / 2, UInt64(Int64.max) + 1])
    func trapsOnNoNumber(_ nanoseconds: UInt64) {
        var bridge = ClockBridge()
        for received in [0, UInt64.max, 5] {
            let now = MonotonicInstant(nanoseconds: received)
            #expect(bridge.translate(MonotonicInstant(nanoseconds: nanoseconds), receivedAt: now) <= now)
        }
    }
}
