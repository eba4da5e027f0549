import CLinux
import Glibc

/// Starts `body` in a thread that nobody joins: it ends by itself, or with the process. For calls that block for as long as
/// somebody else likes. Its name is what `top -H` shows, at most 15 bytes. Returns the error number of pthread_create(3), 0
/// for none.
func detachThread(_ name: StaticString, _ body: @escaping @Sendable () -> Void) -> CInt {
    final class Work: Sendable {
        let name: StaticString
        let body: @Sendable () -> Void
        init(name: StaticString, body: @escaping @Sendable () -> Void) {
            self.name = name
            self.body = body
        }
    }
    let work = Unmanaged.passRetained(Work(name: name, body: body))
    var thread = pthread_t()
    let failure = pthread_create(
        &thread, nil,
        { argument in
            guard let argument else { return nil }
            let work = Unmanaged<Work>.fromOpaque(argument).takeRetainedValue()
            looptop_name_thread(work.name.description)
            pthread_detach(pthread_self())
            work.body()
            return nil
        }, work.toOpaque())
    if failure != 0 { work.release() }
    return failure
}
