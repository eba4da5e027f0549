import Model
import ProcFS
import Testing

@testable import Agent

@Suite struct ExitStatusTests {
    /// Recorded on Debian 12, kernel 6.18: a child that its parent never waits for; state and last field set here.
    private static func stat(_ state: String, _ wait: String) throws -> ProcessStat {
        let line = Array(
            """
            4242 (sleep) \(state) 1 4242 4242 0 -1 4227084 85 0 0 0 0 0 0 0 20 0 1 0 3871942 0 0 18446744073709551615 0 0 0 0 \
            0 0 0 0 0 0 0 0 17 1 0 0 0 0 0 0 0 0 0 0 0 0 \(wait)
            """.utf8)
        return try ProcessStat(parsing: line.span)
    }

    @Test(arguments: [("0", Model.ExitStatus.code(0)), ("256", .code(1)), ("9", .signal(9)), ("139", .signal(11))])
    func aZombieTellsHowItEnded(_ wait: String, _ status: Model.ExitStatus) throws {
        #expect(Model.ExitStatus.ofDead(try Self.stat("Z", wait), mayKnow: true) == status)
    }

    @Test func zeroIsUnknownToWhomTheKernelHidesIt() throws {
        #expect(Model.ExitStatus.ofDead(try Self.stat("Z", "0"), mayKnow: false) == nil)
        #expect(Model.ExitStatus.ofDead(try Self.stat("Z", "9"), mayKnow: false) == .signal(9))
        #expect(Model.ExitStatus.ofDead(try Self.stat("S", "0"), mayKnow: true) == nil)
    }
}
