import Model
import Testing

@testable import Dashboard

@Suite(.timeLimit(.minutes(1))) struct FleetLinksTests {
    private static func target(_ number: Int) -> Target {
        Target(label: "\(number)", endpoint: .unix(path: "/nonexistent/\(number).sock"))
    }

    @Test func hostsBeyondTheLimitOfOpenFilesAreNotDialled() async throws {
        let links = try FleetLinks(
            to: (0..<4).map(Self.target), membership: nil, descriptors: FleetLinks.reserve + 3)
        defer { links.shutdown() }
        links.start()
        links.add([Self.target(4)])
        var lost: [Int: (failure: LinkFailure, retryAt: MonotonicInstant?)] = [:]
        while lost.count < 5 {
            for item in links.mailbox.takeAll() {
                guard case .lost(let failure, let retryAt) = item.event, lost[item.host] == nil else { continue }
                lost[item.host] = (failure, retryAt)
            }
            await Task.yield()
        }
        for number in 0..<3 {
            #expect(lost[number]?.failure == .unreachable(reason: "no such file or directory"))
        }
        for number in 3..<5 {
            #expect(lost[number]?.failure == .noDescriptor(allowed: FleetLinks.reserve + 3))
            #expect(lost[number]?.retryAt == nil)
        }
    }

    @Test func aHostOverSSHTakesMoreThanOne() {
        #expect(Endpoint.ssh(alias: "web").descriptors > Self.target(0).endpoint.descriptors)
    }
}
