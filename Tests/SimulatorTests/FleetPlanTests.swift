import Model
import Testing

@testable import Simulator

@Suite struct FleetPlanTests {
    private let faults: [(fault: Fault.Kind, share: Share)] = [
        (.blackHoled, Share(value: 0.3)), (.slow, Share(value: 0.1)), (.badCertificate, Share(value: 0.05)),
        (.oldProtocol, Share(value: 0.01)),
    ]

    @Test func sharesAreExactAndWhoIsStruckFollowsFromTheSeed() {
        let plan = FleetPlan(hosts: 1000, seed: 7, faults: faults)
        #expect(plan.summary == "540 well, 300 black-holed, 100 slow, 50 bad certificates, 10 old protocol")
        #expect(plan.hosts.map(\.fault) == FleetPlan(hosts: 1000, seed: 7, faults: faults).hosts.map(\.fault))
        #expect(plan.hosts.map(\.fault) != FleetPlan(hosts: 1000, seed: 8, faults: faults).hosts.map(\.fault))
        #expect(Set(plan.hosts.map(\.name)).count == 1000 && Set(plan.hosts.map(\.id)).count == 1000)
    }

    @Test(arguments: [("30%", 0.3), ("5", 0.05), ("0.5%", 0.005), ("100%", 1)])
    func sharesAreWrittenInPerCent(_ text: String, _ value: Double) {
        #expect(Share(argument: text)?.value == value)
    }

    @Test(arguments: ["", "%", "a", "101%", "-1", "nan"]) func whatIsNoShareIsRefused(_ text: String) {
        #expect(Share(argument: text) == nil)
    }
}
