import Glibc
import Model
import Testing

@testable import Trust

struct IdentityStoreTests {
    let temporary: TemporaryDirectory
    let fleet: Fleet
    var store: IdentityStore { temporary.store }

    init() throws {
        temporary = try TemporaryDirectory()
        fleet = try Fleet()
    }

    private func agent() throws -> Identity {
        try Identity(
            leaf: try fleet.agentLeaf(), authorities: [fleet.authority.certificate], privateKeyPEM: fleet.agentKey.pem)
    }

    private func mode(_ path: String) -> mode_t? {
        var status = stat()
        return lstat(path, &status) == 0 ? status.st_mode & 0o7777 : nil
    }

    @Test func loadsNothingFromADirectoryThatIsNotThere() throws {
        #expect(try store.loadIdentity() == nil)
        #expect(try store.loadAuthority() == nil)
        #expect(try store.loadHosts() == HostBook())
        #expect(try store.loadListenAddresses() == [])
        #expect(try store.loadHostName() == nil)
        #expect(try !store.isTokenUsed([1]))
        #expect(mode(temporary.path + "/state") == nil)
    }

    @Test func loadsWhatItSaved() throws {
        try store.save(fleet.authority)
        let saved = try agent()
        try store.save(saved)
        let loaded = try #require(try store.loadIdentity())
        #expect(loaded.leaf == saved.leaf)
        #expect(loaded.name == .agent(host))
        #expect(loaded.fleet == fleet.authority.fleet)
        #expect(loaded.authorities == [fleet.authority.certificate])
        #expect(try store.loadAuthority()?.certificate == fleet.authority.certificate)
        #expect(try store.loadAuthority()?.key.spkiHash == fleet.authority.key.spkiHash)
        #expect(try SigningKey(pem: loaded.privateKeyPEM).spkiHash == fleet.agentKey.spkiHash)
    }

    @Test func leavesOnlyPrivateFilesAndNoTemporaryOnes() throws {
        try store.save(fleet.authority)
        try store.save(agent())
        _ = try store.hostID()
        try store.save(listenAddresses: ["0.0.0.0:7433"])
        try store.markTokenUsed([1, 2])
        try store.updateHosts { $0.add(.init(address: "h:1", host: host, name: "h", enrolled: start)) }
        #expect(
            temporary.names() == [
                "ca-key.pem", "ca.pem", "host-id", "hosts.json", "identity-key.pem", "identity.pem", "listen",
                "used-tokens",
            ])
        for name in temporary.names() { #expect(mode(temporary.file(name)) == 0o600) }
        #expect(mode(temporary.path + "/state") == 0o700)
    }

    @Test(arguments: ["identity-key.pem", "identity.pem", "ca.pem"], [mode_t(0o644), 0o640, 0o660, 0o601, 0o4600])
    func refusesAFileThatOthersCanUse(name: String, mode: mode_t) throws {
        try store.save(agent())
        chmod(temporary.file(name), mode)
        let error = #expect(throws: TrustError.self) { try store.loadIdentity() }
        #expect(error == .insecureMode(path: temporary.file(name), found: mode, wanted: 0o600))
        #expect(error?.sentence.contains("chmod 600 '\(temporary.file(name))'") == true)
        chmod(temporary.file(name), 0o600)
        #expect(try store.loadIdentity() != nil)
    }

    @Test func refusesADirectoryThatOthersCanEnter() throws {
        try store.save(agent())
        chmod(store.directory, 0o755)
        let error = #expect(throws: TrustError.self) { try store.loadIdentity() }
        #expect(error?.sentence.contains("chmod 700 '\(store.directory)'") == true)
        #expect(throws: TrustError.self) { try store.save(listenAddresses: []) }
    }

    @Test func refusesADirectoryBelowOneThatOthersCanWrite() throws {
        try store.save(agent())
        chmod(temporary.path, 0o777)
        let error = #expect(throws: TrustError.self) { try store.loadIdentity() }
        #expect(error == .insecureParent(path: temporary.path))
        #expect(error?.sentence.contains("chmod go-w '\(temporary.path)'") == true)
        chmod(temporary.path, 0o700)
        #expect(try store.loadIdentity() != nil)
    }

    @Test(.enabled(if: geteuid() == 0, "only root can give files away"))
    func refusesAFileOfAnotherUser() throws {
        try store.save(agent())
        chown(temporary.file("identity-key.pem"), 65534, 65534)
        let error = #expect(throws: TrustError.self) { try store.loadIdentity() }
        #expect(error == .insecureOwner(path: temporary.file("identity-key.pem"), uid: 65534, wanted: 0))
    }

    @Test func refusesASymbolicLink() throws {
        try store.save(agent())
        let (file, elsewhere) = (temporary.file("identity-key.pem"), temporary.path + "/elsewhere.pem")
        rename(file, elsewhere)
        symlink(elsewhere, file)
        #expect(throws: TrustError.notAPlainFile(path: file)) { try store.loadIdentity() }
    }

    @Test func refusesAFileWithASecondName() throws {
        try store.save(agent())
        link(temporary.file("identity-key.pem"), temporary.path + "/second.pem")
        #expect(throws: TrustError.notAPlainFile(path: temporary.file("identity-key.pem"))) {
            try store.loadIdentity()
        }
    }

    @Test func refusesAPipeWithoutWaitingForAWriter() throws {
        try store.save(agent())
        unlink(temporary.file("identity.pem"))
        mkfifo(temporary.file("identity.pem"), 0o600)
        #expect(throws: TrustError.notAPlainFile(path: temporary.file("identity.pem"))) { try store.loadIdentity() }
    }

    @Test func refusesADirectoryThatIsALink() throws {
        try store.save(agent())
        let other = temporary.path + "/other"
        symlink(store.directory, other)
        #expect(throws: TrustError.notADirectory(path: other)) {
            try IdentityStore(directory: other).loadIdentity()
        }
    }

    @Test func writesThroughNoLinkThatSomebodyLaidInItsWay() throws {
        try store.save(listenAddresses: ["old:1"])
        let victim = temporary.path + "/victim"
        temporary.write("untouched", to: victim, mode: 0o600)
        symlink(victim, temporary.file(".listen.new"))
        unlink(temporary.file("listen"))
        symlink(victim, temporary.file("listen"))
        try store.save(listenAddresses: ["new:1"])
        #expect(try store.loadListenAddresses() == ["new:1"])
        var status = stat()
        #expect(lstat(victim, &status) == 0 && status.st_size == 9)
    }

    @Test func replacesWhatACrashLeftBehind() throws {
        try store.save(listenAddresses: ["old:1"])
        temporary.write("half", to: temporary.file(".listen.new"), mode: 0o644)
        try store.save(listenAddresses: ["new:1"])
        #expect(try store.loadListenAddresses() == ["new:1"])
        #expect(temporary.names() == ["listen"])
        #expect(mode(temporary.file("listen")) == 0o600)
    }

    @Test func keepsTheOldFileWhenTheNewOneCannotTakeItsPlace() throws {
        try store.save(listenAddresses: ["old:1"])
        // A directory in the file's place makes the rename fail.
        unlink(temporary.file("listen"))
        mkdir(temporary.file("listen"), 0o700)
        #expect(throws: TrustError.self) { try store.save(listenAddresses: ["new:1"]) }
        #expect(temporary.names() == ["listen"])
    }

    @Test func survivesACrashBetweenTheNewCertificateAndItsKey() throws {
        try store.save(agent())
        let renewed = SigningKey()
        let leaf = try fleet.authority.issueAgent(csrDER: try renewed.signingRequest(), host: host, now: start)
        // As `save` stands after its third step.
        temporary.write(renewed.pem, to: temporary.file("identity-key.next.pem"), mode: 0o600)
        temporary.write(
            String(decoding: PEM.text([leaf]), as: UTF8.self), to: temporary.file("identity.pem"), mode: 0o600)
        #expect(try store.loadIdentity()?.leaf == leaf)
    }

    @Test func refusesACertificateOfAnotherKey() throws {
        try store.save(agent())
        temporary.write(SigningKey().pem, to: temporary.file("identity-key.pem"), mode: 0o600)
        #expect(throws: TrustError.keyMismatch) { try store.loadIdentity() }
    }

    @Test func namesTheDamagedFile() throws {
        try store.save(agent())
        temporary.write("junk", to: temporary.file("identity.pem"), mode: 0o600)
        let error = #expect(throws: TrustError.self) { try store.loadIdentity() }
        #expect(error?.sentence.contains(temporary.file("identity.pem")) == true)
        unlink(temporary.file("identity.pem"))
        #expect(try store.loadIdentity() == nil)
        try store.save(agent())
        unlink(temporary.file("ca.pem"))
        #expect(throws: TrustError.missingFile(path: temporary.file("ca.pem"))) { try store.loadIdentity() }
    }

    @Test func neverReplacesAFleetsAuthority() throws {
        try store.save(fleet.authority)
        let other = try Fleet()
        #expect(throws: TrustError.authorityExists(directory: store.directory)) { try store.save(other.authority) }
        #expect(try store.loadAuthority()?.fleet == fleet.authority.fleet)
    }

    @Test func makesTheHostIDOnce() throws {
        let id = try store.hostID()
        #expect(try store.hostID() == id)
        temporary.write("not hex\n", to: temporary.file("host-id"), mode: 0o600)
        #expect(throws: TrustError.damagedFile(path: temporary.file("host-id"), reason: "it is not 32 hex digits")) {
            try store.hostID()
        }
    }

    @Test func takesATokenOnce() throws {
        try store.markTokenUsed([1, 2, 3])
        #expect(try store.isTokenUsed([1, 2, 3]))
        #expect(try !store.isTokenUsed([1, 2]))
        #expect(throws: TrustError.tokenUsed) { try store.markTokenUsed([1, 2, 3]) }
    }

    @Test func keepsTheBookOfHosts() throws {
        let web = HostBook.Entry(address: "web:7433", host: host, name: "web-\u{1b}[31m\"1", enrolled: start)
        let database = HostBook.Entry(
            address: "[::1]:7433", host: HostID(high: 1, low: 1), name: "db", enrolled: later(.seconds(5)))
        try store.updateHosts { book in
            book.add(web)
            book.add(database)
        }
        #expect(try store.loadHosts().entries == [database, web])
        var moved = web
        moved.address = "web:7434"
        try store.updateHosts { $0.add(moved) }
        #expect(try store.loadHosts()[host] == moved)
        var removed = false
        try store.updateHosts { removed = $0.remove(host) }
        #expect(removed)
        #expect(try store.loadHosts().entries == [database])
    }

    @Test(arguments: [
        "", "[]", "{}", "{\"version\":2,\"hosts\":[]}",
        "{\"version\":1,\"hosts\":[{\"id\":\"x\",\"name\":\"\",\"address\":\"\",\"enrolled\":1}]}",
        "{\"version\":1,\"hosts\":[{\"id\":\"0123456789abcdef0123456789abcdef\",\"name\":\"\",\"address\":\"\","
            + "\"enrolled\":9223372036854775807}]}",
    ])
    func refusesABookThatIsDamaged(text: String) throws {
        try store.updateHosts { _ in }
        temporary.write(text, to: temporary.file("hosts.json"), mode: 0o600)
        #expect(throws: TrustError.self) { try store.loadHosts() }
        // Nor is it replaced by an empty one.
        #expect(throws: TrustError.self) { try store.updateHosts { _ in } }
    }

    @Test(arguments: [("/a/b", "/a"), ("/a", "/"), ("/", "/"), ("a", "."), ("a/b/", "a"), ("/a//b", "/a")])
    func findsTheDirectoryAbove(path: String, above: String) { #expect(Ancestors.parent(of: path) == above) }
}
