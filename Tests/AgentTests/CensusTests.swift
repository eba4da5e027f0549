import Discovery
import Glibc
import Model
import ProcFS
import TestSupport
import Testing

@testable import Agent

/// The census over real processes. Its clock is the test's: it looks again when it is told that it is later.
@Suite struct CensusTests {
    private final class Looks {
        let reader = ProcReader()
        var census: Census
        var now = MonotonicInstant(nanoseconds: 1_000_000_000)

        init(under pid: Int32) { census = Census(scope: Scope(underPID: pid)) }

        /// Everything is looked at again.
        func again() throws {
            now = now + .seconds(120)
            _ = try census.refresh(reader: reader, now: now)
        }

        /// Only what is due is.
        func soon() throws {
            now = now + .milliseconds(1)
            _ = try census.refresh(reader: reader, now: now)
        }
    }

    @Test func aProcessIsKnownWithItsPlaceAndWhatItWasStartedWith() throws {
        let code = """
            import os, select, socket
            s = socket.socket(); s.bind(("127.0.0.1", 0)); s.listen(); e = select.epoll()
            print(s.getsockname()[1], os.fstat(s.fileno()).st_ino, flush=True); e.poll()
            """
        let words = ["/usr/bin/env", "-i", "-C", "/usr/lib", "PORT=7", "SECRET=x", "/usr/bin/python3", "-c", code]
        let child = try Child(words, isTalking: true)
        defer { child.reap() }
        let numbers = try #require(child.nextLine()).split(separator: " ").compactMap { UInt64($0) }
        let looks = Looks(under: child.pid)
        try looks.again()
        let entry = try #require(looks.census.entry(of: child.pid))
        #expect(entry.environment == ["PORT": "7"])
        #expect(entry.workingDirectory == "/usr/lib")
        #expect(entry.executable?.hasPrefix("/usr/bin/python3") ?? false)
        #expect(entry.listening == [.init(port: UInt16(numbers[0]), inode: numbers[1], address: "127.0.0.1")])
        #expect(entry.waitsInEpoll && !entry.isZombie)
        let directory = try looks.reader.processDirectory(getpid())
        #expect(entry.networkNamespace == (try looks.reader.networkNamespace(of: directory)))
        let own = try looks.reader.withFile("cgroup", of: directory) { (text) throws(ProcError) in
            try CgroupPath(parsing: text).place
        }
        #expect(entry.cgroup == own)
    }

    /// A young process is looked at again soon, one that was there long before the agent is not; and then each in its own turn.
    @Test func whoIsOldWhenItIsFoundIsLookedAtOnce() throws {
        let child = try Child(["/bin/sh", "-c", "echo up; read line; echo gone; exec sleep 60"], isTalking: true)
        defer { child.reap() }
        #expect(child.nextLine() == "up")
        let (young, old) = (Looks(under: child.pid), Looks(under: child.pid))
        young.now = Clocks.monotonic()
        old.now = young.now + .seconds(600)
        try young.soon()
        try old.soon()
        let before = try #require(old.census.entry(of: child.pid))
        #expect(child.ask("go") == "gone")
        try wait(for: "another program") {
            let directory = try young.reader.processDirectory(child.pid)
            return try young.reader.commandLine(of: directory).arguments == ["sleep", "60"]
        }
        for looks in [young, old] {
            looks.now = looks.now + .milliseconds(200)
            try looks.soon()
        }
        #expect(young.census.entry(of: child.pid)?.arguments == ["sleep", "60"])
        #expect(old.census.entry(of: child.pid) == before)
        old.now = old.now + .seconds(120)
        try old.soon()
        #expect(old.census.entry(of: child.pid)?.arguments == ["sleep", "60"])
    }

    /// Numbers begin anew at pid_max: then children have lower ones than those they descend from, and are listed before them.
    @Test func whoIsListedBeforeItsAncestorsIsInScopeAtOnce() throws {
        let child = try Child(["/bin/sh", "-c", "/bin/sh -c 'sleep 60; true' & echo $!; wait"], isTalking: true)
        defer { child.reap() }
        let middle = try #require(child.nextLine().flatMap { Int32($0) })
        let looks = Looks(under: child.pid)
        var leaf: Int32?
        try wait(for: "a grandchild") {
            leaf = try looks.reader.pids().first {
                (try? looks.reader.processStat(ofProcess: $0))?.parentPID == middle
            }
            return leaf != nil
        }
        let last = try #require(leaf)
        defer { for pid in [last, middle] { kill(pid, SIGKILL) } }
        looks.now = Clocks.monotonic() + .seconds(600)
        #expect(try looks.census.refresh(among: [last, middle, child.pid], reader: looks.reader, now: looks.now))
        for pid in [last, middle, child.pid] {
            #expect(looks.census.entry(of: pid)?.arguments.isEmpty == false, "\(pid)")
        }
    }

    @Test func anotherProgramHasAnotherEnvironment() throws {
        let script = "trap 'PORT=2 exec sleep 60' USR1; echo ready; while :; do sleep 0.01; done"
        let child = try Child(["/usr/bin/env", "-i", "PORT=1", "/bin/sh", "-c", script], isTalking: true)
        defer { child.reap() }
        #expect(child.nextLine() == "ready")
        let looks = Looks(under: child.pid)
        try looks.again()
        #expect(looks.census.entry(of: child.pid)?.environment == ["PORT": "1"])
        child.send(SIGUSR1)
        try wait(for: "another program") {
            try looks.again()
            return looks.census.entry(of: child.pid)?.environment["PORT"] == "2"
        }
        #expect(looks.census.entry(of: child.pid)?.arguments == ["sleep", "60"])
    }

    /// Its next look would be due in a minute; who belongs to whom has changed now.
    @Test func whoLostItsParentIsLookedAtAtOnce() throws {
        let child = try Child(["/bin/sh", "-c", "sleep 60 & echo $!; wait"], isTalking: true)
        defer { child.reap() }
        let orphan = try #require(child.nextLine().flatMap { Int32($0) })
        defer { kill(orphan, SIGKILL) }
        let looks = Looks(under: getpid())
        for _ in 0..<6 { try looks.again() }
        #expect(looks.census.entry(of: orphan)?.parentPID == child.pid)
        child.send(SIGKILL)
        child.reap()
        try looks.soon()
        #expect(looks.census.entry(of: orphan).map { $0.parentPID != child.pid } ?? false)
    }

    @Test func aZombieIsOne() throws {
        let child = try Child(["/bin/sleep", "60"])
        defer { child.reap() }
        let looks = Looks(under: child.pid)
        try looks.again()
        #expect(looks.census.entry(of: child.pid)?.isZombie == false)
        child.send(SIGKILL)
        child.finish()
        try looks.again()
        let entry = try #require(looks.census.entry(of: child.pid))
        #expect(entry.isZombie && entry.arguments.isEmpty)
    }
}
