import Glibc
import TestSupport
import Testing

@testable import Agent

/// As root only: nobody else can give a directory away.
@Suite(.enabled(if: geteuid() == 0, "needs root")) struct OwnDirectoryTests {
    private let temporary = TemporaryDirectory()
    private let user: UserRecord

    init() throws { user = try #require(UserRecord(name: "nobody")) }

    private func made(_ name: String, mode: mode_t, owner: UInt32 = 0) throws -> String {
        let path = temporary.path + "/" + name
        try #require(mkdir(path, 0o700) == 0 && chmod(path, mode) == 0 && chown(path, owner, 0) == 0)
        return path
    }

    private func refusal(_ directory: OwnDirectory) -> Fatal? {
        do throws(Fatal) {
            try directory.make(for: user)
            return nil
        } catch {
            return error
        }
    }

    @Test func theFirstThatIsMissingIsMadeForTheUserAlone() throws {
        let above = try made("above", mode: 0o755)
        defer {
            rmdir(above + "/first")
            rmdir(above)
        }
        #expect(refusal(OwnDirectory(path: above + "/first/second")) == nil)
        let first = try #require(FileStatus(above + "/first"))
        #expect(first.owner == user.uid && first.group == user.gid && first.permissions == 0o700)
        #expect(FileStatus(above + "/first/second") == nil, "the user makes it, who owns the way to it")
        // Once more, now that it is there.
        #expect(refusal(OwnDirectory(path: above + "/first")) == nil)
    }

    /// Whoever may write there could exchange what root makes before it is given away.
    @Test(arguments: [(mode_t(0o777), UInt32(0)), (0o775, 0), (0o755, 65534), (0o755, 1)])
    func nothingIsMadeWhereOthersMayWrite(mode: mode_t, owner: UInt32) throws {
        let above = try made("above", mode: mode, owner: owner)
        defer { rmdir(above) }
        #expect(refusal(OwnDirectory(path: above + "/state")) == nil)
        #expect(FileStatus(above + "/state") == nil)
    }

    @Test func whatBelongsToSomebodyElseIsRefusedWithTheLineThatMendsIt() throws {
        for (mode, owner, isForAll, name) in [
            (mode_t(0o700), UInt32(0), false, "root"), (0o700, 3_999_999, false, "uid 3999999"),
            (0o755, 0, true, "root"),
        ] {
            let path = try made("state", mode: mode, owner: owner)
            defer { rmdir(path) }
            let refused = try #require(refusal(OwnDirectory(path: path, isForAll: isForAll)))
            #expect(refused.code == .noPermission)
            #expect(
                refused.sentence == """
                    \(path) belongs to \(name), and the agent is to run as nobody. If it is an agent's, run:  \
                    chown -R nobody: '\(path)'
                    """)
            #expect(FileStatus(path)?.owner == owner)
        }
    }

    /// `/run` and `/tmp` are nobody's to give away, nor is what is no directory: who uses it says what is wrong.
    @Test func whatIsNoAgentsIsLeftAlone() throws {
        let shared = try made("shared", mode: 0o755)
        let file = try temporary.write("file", "")
        let link = temporary.path + "/link"
        symlink(shared, link)
        defer {
            unlink(link)
            rmdir(shared)
        }
        for path in [shared, file, link, "/tmp", "/"] { #expect(refusal(OwnDirectory(path: path)) == nil) }
        #expect(FileStatus(shared)?.owner == 0 && FileStatus(link)?.owner == 0)
    }
}
