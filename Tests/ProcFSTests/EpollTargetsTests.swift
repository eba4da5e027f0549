import ProcFS
import Testing

struct EpollTargetsTests {
    @Test func listsWhatIsRegistered() throws {
        let text = try Fixture.bytes("threads", "14760/fdinfo/8")
        let targets = try EpollTargets(parsing: text.span).targets
        #expect(targets.map(\.descriptor) == [4, 3, 6])
        #expect(targets.map(\.inode) == [0x19084e, 0x19084d, 0x190850])
    }

    /// That is how a loop that serves is told from one that does not.
    @Test func aSocketIsFoundByTheInodeOfItsLink() throws {
        let reader = ProcReader(root: Fixture.root("threads"))
        let directory = try reader.processDirectory(14760)
        let targets = try reader.epollTargets(8, of: directory).targets
        for target in targets {
            let link = try reader.descriptor(target.descriptor, of: directory)
            let inode = try #require(target.inode)
            #expect((link == .socket(inode: inode)) == (target.descriptor != 6))
        }
    }

    @Test func aLineThatWasCutIsPassedOver() throws {
        let text = Array("pos:\t0\ntfd:        4 events:       19 data: 4  pos:0 ino:1f sdev:9\ntfd:      11".utf8)
        let targets = try EpollTargets(parsing: text.span).targets
        #expect(targets == [.init(descriptor: 4, inode: 0x1f)])
    }

    @Test func anOldKernelDoesNotNameInodes() throws {
        let text = Array("tfd:        4 events:       19 data:                4\n".utf8)
        #expect(try EpollTargets(parsing: text.span).targets == [.init(descriptor: 4, inode: nil)])
    }

    @Test func otherDescriptorsHaveNoTargets() throws {
        let text = Array("pos:\t0\nflags:\t02\nmnt_id:\t17\nino:\t1038\neventfd-count: 0\n".utf8)
        #expect(try EpollTargets(parsing: text.span).targets.isEmpty)
    }
}
