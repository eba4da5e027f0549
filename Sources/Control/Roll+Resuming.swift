internal import Model

/// What a resume would do, before it is done.
public struct Resumption: Hashable, Sendable {
    /// In the order in which they would be restarted.
    public var restarts: [RestartCourse] = []
    /// Of those whose turn would come and who would not be restarted, and why one is that was not there when the roll began.
    public var notes: [String] = []
}

extension Roll {
    /// What `.resume` with these courses comes to with these workers.
    public func resumption(_ courses: [RestartCourse], living: [LiveWorker]) -> Resumption {
        var copy = self
        let waiting = copy.order(toResume: courses, among: living)
        var result = Resumption()
        for entry in waiting {
            let slot = entry.course.slot
            if living.contains(where: { $0.id == entry.course.target }) {
                result.restarts.append(entry.course)
                if entry.isRetried {
                    result.notes.append(
                        "slot \(slot): pid \(entry.course.target.pid) began after the roll did and was not ready: it is restarted"
                    )
                }
            } else if let newcomer = living.first(where: { $0.slot == slot && !copy.isOriginal($0.id) }) {
                result.notes.append(
                    "slot \(slot): pid \(newcomer.id.pid) began after the roll did: it is not restarted, it has to prove itself"
                )
            } else {
                result.notes.append("slot \(slot): its worker is gone: a new one is waited for, nobody is signalled")
            }
        }
        return result
    }
}
