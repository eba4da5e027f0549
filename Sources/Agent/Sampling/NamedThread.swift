import CLinux
import Glibc

/// A thread of our own for work with its own cadence, which neither the event loop nor the task pool may be held up by.
struct NamedThread: Sendable {
    private let handle: pthread_t

    /// Starts `body`; the name is what `ps -L` and `top -H` show, at most 15 bytes.
    /// pthread_create(3).
    init(_ name: String, body: @escaping @Sendable () -> Void) throws(Fatal) {
        final class Work: Sendable {
            let name: String
            let body: @Sendable () -> Void
            init(name: String, body: @escaping @Sendable () -> Void) {
                self.name = name
                self.body = body
            }
        }
        let work = Unmanaged.passRetained(Work(name: name, body: body))
        var handle = pthread_t()
        let failure = pthread_create(
            &handle, nil,
            { argument in
                guard let argument else { return nil }
                let work = Unmanaged<Work>.fromOpaque(argument).takeRetainedValue()
                looptop_name_thread(work.name)
                work.body()
                return nil
            }, work.toOpaque())
        guard failure == 0 else {
            work.release()
            throw Fatal(.osError, "cannot start the thread \(name): \(reason(failure))")
        }
        self.handle = handle
    }

    func join() { pthread_join(handle, nil) }
}
