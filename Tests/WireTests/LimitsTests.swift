import Model
import Testing
import Wire

@Suite struct LimitsTests {
    @Test func textIsCutBetweenTwoScalars() throws {
        for spare in 0..<4 {
            let text = String(repeating: "a", count: Limits.textBytes - spare) + "🦊🦊"
            guard case .drain(let reason) = try decode(Message.drain(reason: text).encoded()) else {
                Issue.record("no drain came back")
                return
            }
            #expect(reason == String(repeating: "a", count: Limits.textBytes - spare))
        }
        let fits = String(repeating: "a", count: Limits.textBytes - 4) + "🦊"
        #expect(try decode(Message.drain(reason: fits).encoded()) == .drain(reason: fits))
    }

    @Test func textMayBeAsLongAsItsLimitAndNotLonger() throws {
        for count in [Limits.textBytes - 1, Limits.textBytes] {
            let text = String(repeating: "x", count: count)
            #expect(try decode(.drain, varint(count) + Array(text.utf8)) == .drain(reason: text))
        }
        #expect(throws: WireError.limit(message: "DRAIN", field: "reason", limit: 256)) {
            try decode(.drain, varint(257) + Array(repeating: 0x78, count: 257))
        }
    }

    @Test(arguments: [-1, 0, 1]) func workersOverTheLimitAreLeftOutAndSaidSo(_ over: Int) throws {
        var snapshot = Samples.keyframe
        snapshot.workers = workers(Limits.workers + over)
        let received = try keyframe(snapshot)
        #expect(received.workers.count == min(Limits.workers, Limits.workers + over))
        #expect(received.limitations.contains(.workersOmitted) == (over > 0))
        #expect(received == snapshot.asSent)

        var later = snapshot
        later.sequence += 1
        later.workers[7].row[.cpuNanoseconds] = 1
        later.workers[Limits.workers - 2].row[.cpuNanoseconds] = 2
        let delta = Delta(subscription: 1, from: snapshot, to: later)
        #expect(delta.body.count < 64)
        #expect(try delta.applied(to: received) == later.asSent)
        #expect(try delta.applied(to: snapshot) == later.asSent)
    }

    @Test(arguments: [-1, 0, 1]) func groupsOverTheLimitAreLeftOutAndSaidSo(_ over: Int) throws {
        var snapshot = Samples.keyframe
        snapshot.groups = groups(Limits.groups + over)
        let received = try keyframe(snapshot)
        #expect(received.groups.count == min(Limits.groups, Limits.groups + over))
        #expect(received.limitations.contains(.workersOmitted) == (over > 0))
        #expect(received == snapshot.asSent)
    }

    @Test func aListOverItsLimitIsRefused() {
        // Subscription, sequence, clocks, limitations, empty host row, no troubles, no groups, then 2001 workers.
        let start: [UInt8] = [1, 1, 0, 0, 0, 0, 0]
        let room = [UInt8](repeating: 0, count: 50_000)
        #expect(throws: WireError.limit(message: "KEYFRAME", field: "workers", limit: 2000)) {
            try decode(.keyframe, start + [0] + varint(2001) + room)
        }
        #expect(throws: WireError.limit(message: "KEYFRAME", field: "groups", limit: 1000)) {
            try decode(.keyframe, start + varint(1001) + room)
        }
        #expect(throws: WireError.limit(message: "KEYFRAME", field: "troubles", limit: Limits.troubles)) {
            try decode(.keyframe, start.dropLast() + varint(Limits.troubles + 1) + room)
        }
        #expect(throws: WireError.truncated(message: "KEYFRAME", field: "workers", offset: 10)) {
            try decode(.keyframe, start + [0] + varint(2000) + room.prefix(100))
        }
    }

    @Test func insertionsBeyondTheLimitAreRefused() throws {
        var full = Samples.keyframe
        full.workers = workers(Limits.workers)
        var empty = full
        empty.workers = []
        var one = empty
        one.workers = [
            WorkerEntry(
                info: Samples.info(WorkerID(boot: Samples.boot, pid: .max, startTicks: 1), slot: 1), row: WorkerRow())
        ]
        let insertion = Delta(subscription: 1, from: empty, to: one).body.dropFirst(4)
        let body: [UInt8] = [0x10, 0, 0] + varint(Limits.workers << 3 | 2) + insertion
        let delta = Delta(subscription: 1, baseSequence: 41, sequence: 42, body: body)
        #expect(throws: WireError.limit(message: "DELTA", field: "workers", limit: 2000)) {
            try delta.applied(to: full)
        }
    }

    @Test func theLargestSnapshotFitsIntoOneMessage() throws {
        var largest = Samples.keyframe
        for field in HostField.allCases { largest.host[field] = .max }
        largest.limitations = Limitations(rawValue: .max)
        largest.monotonic.nanoseconds = .max
        largest.sequence = .max
        largest.groups = groups(Limits.groups + 1)
        largest.workers = workers(Limits.workers + 1)
        for index in largest.groups.indices {
            for field in GroupField.allCases { largest.groups[index].row[field] = .max }
            largest.groups[index].info.app = String(repeating: "a", count: 200)
            largest.groups[index].info.master = ProcessRef(pid: -1, startTicks: .max)
            largest.groups[index].info.manager = Manager(kind: .docker, name: String(repeating: "m", count: 999))
            largest.groups[index].info.expected = .max
            largest.groups[index].info.orphan = PortOrphan(
                process: ProcessRef(pid: -1, startTicks: .max), port: .max)
            largest.groups[index].info.roll = ControlSamples.largestRoll
            largest.groups[index].info.ports = Array(repeating: .max, count: 40)
        }
        for index in largest.workers.indices {
            let pid = largest.workers[index].info.id.pid
            largest.workers[index].info = WorkerInfo(
                id: WorkerID(
                    boot: Identifier128(high: 0, low: UInt64(index)), pid: pid - 1_000_000, startTicks: .max),
                parentPID: -1, groupKey: String(repeating: "g", count: 200), slot: .max, uid: .max,
                name: String(repeating: "n", count: 100),
                arguments: Array(repeating: String(repeating: "x", count: 2000), count: 100),
                started: WallTime(nanoseconds: .min),
                manager: Manager(kind: .docker, name: String(repeating: "m", count: 999)),
                folded: Array(repeating: ControlSamples.largestFolded, count: 99))
            for field in WorkerField.allCases { largest.workers[index].row[field] = .max }
            largest.workers[index].stretches = LagHistogram(
                counts: Array(repeating: .max, count: LagHistogram.bucketCount))
        }
        let bytes = Message.keyframe(subscription: .max, largest).encoded()
        print("wire: the largest keyframe has \(bytes.count) bytes")
        #expect(bytes.count <= Limits.toDashboardBytes)
        let received = try keyframe(largest)
        #expect(received.workers.count == Limits.workers)
        #expect(received.groups.count == Limits.groups)

        let delta = Delta(subscription: .max, from: Samples.keyframe, to: largest)
        #expect(Message.delta(delta).encoded().count <= Limits.toDashboardBytes)
        #expect(try delta.applied(to: Samples.keyframe) == received)
    }

    @Test func commandLinesGetShorterAsWorkersGetMore() throws {
        var snapshot = Samples.keyframe
        let long = Array(repeating: String(repeating: "x", count: 2000), count: 100)
        for (count, expected) in [(1, 4096), (64, 4096), (256, 1024), (2000, 131)] {
            snapshot.workers = workers(count)
            for index in snapshot.workers.indices { snapshot.workers[index].info.arguments = long }
            for worker in try keyframe(snapshot).workers {
                let bytes = worker.info.arguments.reduce(0) { $0 + $1.utf8.count + 2 }
                #expect(bytes <= expected && bytes >= expected - 3)
            }
        }
    }

    @Test func groupKeysThatAreTheSameWhenCutBecomeOne() throws {
        var snapshot = Samples.keyframe
        let long = String(repeating: "k", count: Limits.groupTextBytes)
        snapshot.groups = ["1", "2"].map { suffix in
            var info = Samples.group
            info.key = long + suffix
            return GroupEntry(info: info, row: GroupRow())
        }
        snapshot.workers = []
        let received = try keyframe(snapshot)
        #expect(received.groups.map(\.info.key) == [long])
        #expect(
            try Delta(subscription: 1, from: Samples.keyframe, to: snapshot).applied(to: Samples.keyframe) == received)
    }

    @Test func certificatesAndListsOfAnEnrolmentAreBounded() throws {
        let request = EnrolRequest(
            csr: Array(repeating: 1, count: 9000), hostID: Samples.host, hostName: String(repeating: "h", count: 999),
            addresses: Array(repeating: String(repeating: "a", count: 999), count: 99))
        let bytes = Message.enrolRequest(request).encoded()
        #expect(bytes.count <= Limits.enrolmentBytes)
        guard case .enrolRequest(let received) = try decode(bytes) else {
            Issue.record("no request came back")
            return
        }
        #expect(received.csr.count == Limits.certificateBytes)
        #expect(received.hostName.utf8.count == Limits.hostTextBytes)
        #expect(received.addresses.count == Limits.addresses)
        #expect(throws: WireError.limit(message: "ENROL-GRANT", field: "leaf", limit: 4096)) {
            try decode(.enrolGrant, varint(4097) + Array(repeating: 0, count: 5000))
        }
    }

    @Test func signalsOfARestartAreBounded() throws {
        var outcome = Samples.outcome
        let signals = Array(repeating: SentSignal(number: 15, after: .zero), count: 17)
        outcome.verdict = .timedOut(RestartEvidence(signals: signals))
        guard case .outcome(let received) = try decode(Message.outcome(outcome).encoded()) else {
            Issue.record("no outcome came back")
            return
        }
        #expect(received.verdict == .timedOut(RestartEvidence(signals: Array(signals.prefix(16)))))
    }

    @Test func negativeDurationsCountAsNone() throws {
        var command = Samples.command
        command.grace = .seconds(-1)
        guard case .command(let received) = try decode(Message.command(command).encoded()) else {
            Issue.record("no command came back")
            return
        }
        #expect(received.grace == .zero)
    }

    private func keyframe(_ snapshot: Snapshot) throws -> Snapshot {
        guard case .keyframe(_, let received) = try decode(Message.keyframe(subscription: 1, snapshot).encoded()) else {
            throw WireError.truncated(message: "test", field: "keyframe", offset: 0)
        }
        return received
    }

    private func workers(_ count: Int) -> [WorkerEntry] {
        (0..<count).map { index in
            let id = WorkerID(boot: Samples.boot, pid: Int32(index) + 1, startTicks: 1)
            return WorkerEntry(info: Samples.info(id, slot: 1), row: Samples.row(cpu: 9, resident: 9, wait: 9))
        }
    }

    private func groups(_ count: Int) -> [GroupEntry] {
        (0..<count).map { index in
            var info = Samples.group
            info.key = String(repeating: "0", count: 92) + "\(index + 1000)"
            return GroupEntry(info: info, row: GroupRow())
        }
    }

    private func varint(_ value: Int) -> [UInt8] {
        value < 0x80 ? [UInt8(value)] : [UInt8(value & 0x7f) | 0x80] + varint(value >> 7)
    }
}
