import Model
import ProcFS

/// One process, and the way to its files. Nothing of it stays open: what is looked up now and then is opened for that.
struct ProbedProcess {
    let pid: Int32
    private let startTicks: UInt64
    private let reader: ProcReader

    /// Without start ticks it is whoever has that number now. Throws `.vanished` when the process that is meant is gone: a
    /// number can be given away between two looks.
    init(_ pid: Int32, startTicks: UInt64? = nil, reader: ProcReader) throws(ProcError) {
        let stat = try reader.processStat(ofProcess: pid)
        guard !stat.isDead, startTicks == nil || startTicks == stat.startTicks else { throw .vanished(file: "stat") }
        self.pid = pid
        self.startTicks = stat.startTicks
        self.reader = reader
    }

    /// Its directory, for a while. Throws `.vanished` when it is gone.
    func directory() throws(ProcError) -> OwnedFD {
        let directory = try reader.processDirectory(pid)
        guard try reader.processStat(of: directory).startTicks == startTicks else { throw .vanished(file: "stat") }
        return directory
    }
}
