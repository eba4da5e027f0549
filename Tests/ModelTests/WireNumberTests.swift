import Model
import Testing

/// Numbers that travel: written out here once more, so that none is changed or used again by accident.
@Suite struct WireNumberTests {
    private func numbers<Value: CaseIterable & RawRepresentable<UInt8>>(_: Value.Type) -> [String: UInt8] {
        Dictionary(Value.allCases.map { ("\($0)", $0.rawValue) }) { first, _ in first }
    }

    @Test func ofActions() {
        #expect(
            numbers(Action.self) == [
                "restart": 1, "roll": 2, "reload": 3, "signal": 4, "scale": 5, "stop": 6, "start": 7, "pause": 8,
                "resume": 9, "abort": 10, "hold": 11, "release": 12,
            ])
    }

    @Test func ofGroupKinds() {
        #expect(
            numbers(GroupKind.self) == [
                "single": 0, "prefork": 1, "nodeCluster": 2, "gunicorn": 3, "nginx": 4, "pm2": 5,
                "strongSupervisor": 6, "uvicorn": 7, "puma": 8, "unicorn": 9, "phpFPM": 10, "uwsgi": 11, "celery": 12,
                "sidekiq": 13, "passenger": 14, "postgres": 15, "redis": 16, "managed": 17, "alike": 18,
            ])
    }

    @Test func ofManagers() {
        #expect(
            numbers(Manager.Kind.self) == [
                "systemd": 1, "supervisord": 2, "pm2": 3, "circus": 4, "processCompose": 5, "docker": 6,
                "containerd": 7, "podman": 8, "kubernetes": 9, "strongSupervisor": 10, "passenger": 11,
            ])
    }

    @Test func ofTheRest() {
        #expect(
            numbers(Respawn.self) == ["nothingKnown": 0, "master": 1, "parentMay": 2, "manager": 3, "never": 4])
        #expect(numbers(FoldedProcess.Role.self) == ["wrapper": 1, "helper": 2])
        #expect(
            numbers(RollSummary.State.self) == ["running": 1, "paused": 2, "finished": 3, "failed": 4, "aborted": 5])
        #expect(numbers(PeerReport.Mark.self) == ["none": 0, "stoppedReading": 1, "floods": 2])
        #expect(numbers(Role.self) == ["viewer": 1, "operator": 2, "admin": 3])
    }

    @Test func ofColumns() {
        let workers: [WorkerField] = [.foldedCPUNanoseconds, .foldedResidentBytes, .connections]
        #expect(workers.map(\.rawValue) == [28, 29, 30])
        #expect([GroupField.connections, .acceptQueue, .acceptQueueLimit].map(\.rawValue) == [10, 11, 12])
        #expect([GroupField.memoryUsedBytes, .memoryLimitBytes].map(\.rawValue) == [13, 14])
        #expect([GroupField.worstOpenFilesPermille, .worstCloseWait, .restarts].map(\.rawValue) == [15, 16, 17])
        #expect([GroupField.worstLagP99Microseconds, .loopLevels].map(\.rawValue) == [18, 19])
        #expect(WorkerField.foldedCPUNanoseconds.isCounter)
        #expect(!WorkerField.connections.isCounter && !GroupField.connections.isCounter)
    }
}
