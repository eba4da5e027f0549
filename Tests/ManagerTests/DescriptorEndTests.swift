import Glibc
import ProcFS
import Testing

@testable import Agent

/// Where real processes write to.
@Suite struct DescriptorEndTests {
    private let folder = Folder()

    /// A process that arranges its descriptors and then waits.
    private func process(_ script: String) async throws -> Started {
        let ready = folder.path + "/ready"
        unlink(ready)
        let code = "import os, socket, time\n\(script)\nopen('\(ready)', 'w')\nwhile True: time.sleep(1000)\n"
        let process = try Started(
            ["/usr/bin/python3", try folder.write("process.py", code)], output: folder.path + "/log")
        try await until("the process is ready") { access(ready, F_OK) == 0 }
        return process
    }

    private func words(_ number: Int32, of process: Started) throws -> String {
        switch DescriptorEnd(number, of: try Neighbour(pid: process.pid)) {
        case .file(let log): "file \(log.path)"
        case .socket: "socket"
        case .pipe: "pipe"
        case .nowhere(let why): why
        }
    }

    @Test func aFileIsThatVeryFile() async throws {
        let process = try await process("os.write(1, b'hello')")
        guard case .file(let log) = DescriptorEnd(2, of: try Neighbour(pid: process.pid)) else {
            Issue.record("no file")
            return
        }
        #expect(log.path == folder.path + "/log" && log.bytes(at: 0, 100) == Array("hello".utf8))
        unlink(folder.path + "/log")
        #expect(try words(1, of: process) == "file \(folder.path)/log (deleted)")
        #expect(log.bytes(at: 1, 2) == Array("el".utf8))
    }

    @Test func whatKeepsNothingSaysSo() async throws {
        let process = try await process(
            """
            os.dup2(os.open('/dev/null', os.O_WRONLY), 1)
            main, side = os.openpty()
            os.dup2(side, 2)
            pair = socket.socketpair()
            os.dup2(pair[0].fileno(), 10)
            os.dup2(os.pipe()[1], 11)
            os.mkfifo('\(folder.path)/fifo')
            os.dup2(os.open('\(folder.path)/fifo', os.O_RDWR), 12)
            os.dup2(os.open('/dev/zero', os.O_WRONLY), 13)
            os.close(0)
            """)
        #expect(try words(0, of: process) == "closed")
        #expect(try words(1, of: process) == "/dev/null, which keeps nothing")
        #expect(try words(2, of: process).hasPrefix("a terminal (/dev/pts/"))
        #expect(try words(10, of: process) == "socket")
        #expect(try words(11, of: process) == "pipe")
        #expect(try words(12, of: process) == "the pipe \(folder.path)/fifo; who reads it is not known")
        #expect(try words(13, of: process) == "/dev/zero, which keeps nothing")
    }

    /// A worker can name files that it may not read or write, and an agent with more rights must not read them for it.
    @Test func aFileThatItCouldNotWriteIsNotRead() async throws {
        let secret = try folder.write("secret", "hunter2", mode: 0o400)
        let process = try await process(
            """
            os.dup2(os.open('\(secret)', os.O_PATH), 1)
            os.dup2(os.open('\(secret)', os.O_RDONLY), 2)
            os.dup2(os.open('\(folder.path)', os.O_RDONLY), 10)
            """)
        #expect(try words(1, of: process) == "\(secret), which is not open for writing")
        #expect(try words(2, of: process) == "\(secret), which is not open for writing")
        #expect(try words(10, of: process) == "\(folder.path), which keeps nothing")
    }

    @Test func itsDescriptorsAreListed() async throws {
        let process = try await process(
            "os.dup2(os.open('\(folder.path)/more.log', os.O_WRONLY | os.O_CREAT | os.O_APPEND), 9)")
        let neighbour = try Neighbour(pid: process.pid)
        let all = neighbour.descriptors()
        #expect(all.contains(Neighbour.Descriptor(number: 9, link: folder.path + "/more.log")))
        #expect(all.map(\.number) == all.map(\.number).sorted())
        #expect(neighbour.descriptor(9)?.onlyAppends == true && neighbour.descriptor(0)?.isWritable == false)
        #expect(neighbour.uid == geteuid() && neighbour.name == "python3")
    }
}
