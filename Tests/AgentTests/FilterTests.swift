import CLinux
import Glibc
import Synchronization
import TestSupport
import Testing

@testable import Agent

/// Refused calls, by a thread that gave them up and what it starts: the other threads of the test keep them.
@Suite struct FilterTests {
    /// Makes calls, by number with nothing but -1 or by name with something that cannot be, and says the errno of each.
    private static let calls = """
        import ctypes, sys
        libc = ctypes.CDLL(None, use_errno=True)
        named = {"setns": (-1, 0), "unshare": (0x7fffffff,), "chroot": (b"/none",), "close": (-1,)}
        for word in sys.argv[1:]:
            ctypes.set_errno(0)
            if word in named:
                getattr(libc, word)(*named[word])
            else:
                libc.syscall(ctypes.c_long(int(word)), *[ctypes.c_long(-1)] * 6)
            print(ctypes.get_errno(), flush=True)
        """

    private static let refused: [CInt] = {
        var count = 0
        let numbers = looptop_refused_calls(&count)
        return Array(UnsafeBufferPointer(start: numbers, count: count))
    }()

    /// The errno of each call, as a program has it.
    private static func errors(of words: [String]) throws -> [CInt] {
        let child = try Child(["/usr/bin/python3", "-c", calls] + words, isTalking: true)
        return words.compactMap { _ in child.nextLine().flatMap { CInt($0) } }
    }

    /// The same where the thread that starts the program gave up what is refused.
    private static func errorsBehindFilter(of words: [String]) throws -> [CInt] {
        let result = Mutex<Result<[CInt], any Error>?>(nil)
        let thread = try NamedThread("filtered") {
            let answer = looptop_refuse_calls()
            let found = Result { answer < 0 ? [] : try errors(of: words) }
            result.withLock { $0 = found }
        }
        thread.join()
        return try #require(result.withLock { $0 }).get()
    }

    @Test func whatTheAgentStartsIsRefusedEachOfThem() throws {
        #expect(Self.refused.count > 40)
        #expect(Set(Self.refused).count == Self.refused.count)
        let found = try Self.errorsBehindFilter(of: Self.refused.map { "\($0)" })
        #expect(found.count == Self.refused.count)
        for (number, error) in zip(Self.refused, found) { #expect(error == EPERM, "call \(number)") }
    }

    /// Else the test above would say nothing: without a filter the kernel finds fault with the -1.
    @Test func itIsTheFilterThatRefuses() throws {
        let traced = Self.refused.prefix(3).map { "\($0)" }  // ptrace, process_vm_readv, process_vm_writev
        #expect(!(try Self.errors(of: traced)).contains(EPERM))
    }

    @Test func whatSomebodyNeedsIsNotRefused() throws {
        let found = try Self.errorsBehindFilter(of: ["setns", "unshare", "chroot", "close"])
        #expect(found == [EBADF, EINVAL, ENOENT, EBADF])
    }

    #if arch(x86_64)
    /// Numbers of x32 would lead around the list; 39 is getpid(2).
    @Test func callsOfAnotherArchitectureAreRefused() throws {
        let words = ["\(0x4000_0000 + 39)", "39"]
        #expect(try Self.errorsBehindFilter(of: words) == [EPERM, 0])
        #expect(try Self.errors(of: words)[0] != EPERM)
    }
    #endif
}
