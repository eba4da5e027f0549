import Glibc
import Lag
import Model
import ProcFS
import TestSupport
import Testing

@testable import Agent

/// Real rings on real threads; where the machine refuses them, the refusal.
struct SwitchRingTests {
    /// Whether this machine records switches of a process of the same user.
    static let isAllowed: Bool = {
        do throws(SwitchRing.Refusal) {
            _ = try SwitchRing(opening: getpid())
            return true
        } catch {
            return error == .vanished
        }
    }()

    @Test(.enabled(if: isAllowed, "perf_event_open is refused here"))
    func recordsSleepsOfAnotherProcess() async throws {
        let child = try Child(
            ["/bin/sh", "-c", "echo up; while read line; do sleep 0.02; echo $line; done"], isTalking: true)
        #expect(child.nextLine() == "up")
        let ring = try SwitchRing(opening: child.pid)
        let start = Clocks.monotonic()
        for _ in 0..<3 { #expect(child.ask("x") == "x") }
        let end = Clocks.monotonic()
        var switches: [Probe.Switch] = []
        #expect(!ring.drain(into: &switches))
        // It slept at least while its three sleeps ran, and while it waited for a line.
        #expect(switches.filter { $0.kind == .sleep }.count >= 3)
        #expect(switches.filter { $0.kind == .into }.count >= 3)
        #expect(zip(switches, switches.dropFirst()).allSatisfy { $0.at <= $1.at })
        // On our clock.
        #expect(switches.allSatisfy { $0.at >= start && $0.at <= end + .seconds(1) })
        // Into the CPU and out of it take turns.
        #expect(zip(switches, switches.dropFirst()).allSatisfy { ($0.kind == .into) != ($1.kind == .into) })
        let longest = zip(switches, switches.dropFirst()).filter { $0.0.kind == .sleep }.map { $1.at - $0.at }.max()
        #expect(try #require(longest) >= .milliseconds(10))
    }

    @Test(.enabled(if: isAllowed, "perf_event_open is refused here"))
    func aRingThatOverflowsSaysSo() async throws {
        // Two processes that wake each other: more switches than fit, within a second.
        let child = try Child(["/bin/cat", "-u", "-"], isTalking: true)
        #expect(child.ask("up") == "up")
        let ring = try SwitchRing(opening: child.pid)
        for _ in 0..<3000 { #expect(child.ask("x") == "x") }
        var switches: [Probe.Switch] = []
        #expect(ring.drain(into: &switches))
        #expect((1000...1400).contains(switches.count))
        // What comes after is recorded again.
        for _ in 0..<10 { _ = child.ask("x") }
        switches = []
        _ = ring.drain(into: &switches)  // the kernel's own word of the loss
        #expect(switches.count >= 10)
        _ = child.ask("x")
        #expect(!ring.drain(into: &switches))
    }

    @Test(.enabled(if: isAllowed, "perf_event_open is refused here"))
    func aRingKeepsNoDescriptor() throws {
        let child = try Child(["/bin/cat", "-"], isTalking: true)
        let ring = try SwitchRing(opening: child.pid)
        let reader = ProcReader()
        let own = try reader.processDirectory(getpid())
        // Those of tests that run beside this one are there while they are opened.
        try wait(for: "none") {
            try !reader.descriptorNumbers(of: own, limit: .max).contains { number in
                // Other tests close theirs meanwhile.
                let path = try? reader.withLink("fd/\(number)", of: own) { text throws(ProcError) in
                    CommandLine(parsing: text).arguments.first
                }
                return path == "anon_inode:[perf_event]"
            }
        }
        #expect(child.ask("x") == "x")
        var switches: [Probe.Switch] = []
        #expect(!ring.drain(into: &switches))
        #expect(!switches.isEmpty)
    }

    @Test func aThreadThatIsNotThereHasNone() {
        do throws(SwitchRing.Refusal) {
            _ = try SwitchRing(opening: 0x3F_FFFF)
            Issue.record("a ring of nobody")
        } catch {
            #expect(error == .vanished || !Self.isAllowed)
        }
    }

    @Test(.enabled(if: isAllowed, "perf_event_open is refused here"))
    func aRingOutlivesItsThread() throws {
        var child: Child? = try Child(["/bin/cat", "-"], isTalking: true)
        #expect(child?.ask("up") == "up")
        let ring = try SwitchRing(opening: try #require(child?.pid))
        _ = child?.ask("x")
        child = nil
        var switches: [Probe.Switch] = []
        #expect(!ring.drain(into: &switches))
        #expect(!switches.isEmpty)
        switches = []
        #expect(!ring.drain(into: &switches))
        #expect(switches.isEmpty)
    }
}
