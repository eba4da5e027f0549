import Discovery
import Model
import Testing

/// What is shown within the row of a worker.
struct FoldingTests {
    private func server(_ parent: Int32, pid: Int32 = 50) -> ProcessEntry {
        .made(pid, parent: parent, "node server.js", ports: [80], epoll: true)
    }

    @Test(arguments: [
        ("npm start", "npm start"), ("npm run serve:prod --token=secret", "npm run serve:prod"),
        ("npx serve", "npx serve"),
        ("node /usr/bin/npm start", "npm start"), ("node /usr/lib/node_modules/npm/bin/npm-cli.js run x", "npm run x"),
        ("/bin/sh -c exec_server", "sh -c"), ("/bin/bash /srv/start.sh secret", "bash start.sh"),
        ("yarn start", "yarn start"),
        ("/usr/bin/python3 /usr/bin/dotenv run node", "dotenv"), ("/usr/bin/env A=secret node", "env"),
        ("tini -- node", "tini"),
        ("dumb-init node server.js", "dumb-init"), ("nohup node server.js", "nohup"),
        ("node /usr/bin/nodemon server.js", "nodemon"),
        ("uv run server", "uv"), ("sudo -u www node server.js", "sudo"), ("timeout 60 node", "timeout"),
    ])
    func wrappersFoldIntoTheirOnlyChild(line: String, title: String) throws {
        // npm and its like write what they do into their title.
        let isTitle = line.hasPrefix("np") || line.hasPrefix("yarn")
        let wrapper = isTitle ? ProcessEntry.titled(40, line, executable: "/usr/bin/node") : .made(40, line)
        let group = try only([wrapper, server(40)])
        #expect(group.workers.map(\.process.pid) == [50])
        #expect(
            group.workers.first?.folded == [
                .init(process: .init(pid: 40, startTicks: 400), role: .wrapper, title: title)
            ])
        #expect(!["npm", "sh", "node", "bash", "npx"].contains(group.info.app))
    }

    @Test(arguments: ["-bash", "bash", "bash -i", "zsh -l", "tmux new", "sshd: ada", "make serve", "/usr/bin/other"])
    func whoDoesMoreThanWaitIsNoWrapper(line: String) throws {
        #expect(try only([.made(40, line), server(40)]).workers.first?.folded == [])
    }

    @Test func whoWaitsForTwoIsNoWrapper() {
        let groups = discover(
            ProcessTable([
                .made(40, "sh start-all.sh"), server(40), .made(51, parent: 40, "shopd", ports: [81], epoll: true),
            ])
        ).groups
        #expect(groups.count == 2)
        #expect(groups.allSatisfy { $0.workers.allSatisfy { $0.folded.isEmpty } })
    }

    @Test func helpersBelowFoldWithAllTheyStart() throws {
        let group = try only([
            server(1), .made(51, parent: 50, "/srv/node_modules/.bin/esbuild --service=0.19 --ping", epoll: true),
            .made(52, parent: 50, "sh -c convert"), .made(53, parent: 52, "convert a b"),
            .made(54, parent: 50, "/usr/bin/python3 -c from_multiprocessing"),
            // Not folded: a person's shell and what runs in it, and a server of its own.
            .made(60, parent: 50, "bash -i"), .made(61, parent: 60, "vim"),
            .made(70, parent: 50, "browser", ports: [9222]),
        ])
        #expect(group.workers.first?.folded.map(\.process.pid) == [51, 52, 53, 54])
        #expect(group.workers.first?.folded.allSatisfy { $0.role == .helper } == true)
        #expect(group.workers.first?.folded.map(\.title) == ["esbuild", "sh -c", "convert", "python3"])
    }

    @Test func pythonsHelpersHaveNames() throws {
        let helper = { (pid: Int32, code: String) in
            ProcessEntry.made(pid, parent: 50, "python3", executable: "/usr/bin/python3.11").with {
                $0.arguments = ["/usr/bin/python3", "-c", code]
            }
        }
        let group = try only([
            .made(50, "/usr/bin/python3 serve.py", executable: "/usr/bin/python3.11", ports: [80], epoll: true),
            helper(51, "from multiprocessing.resource_tracker import main;main(4)"),
            helper(52, "from multiprocessing.forkserver import main; main(7)"),
        ])
        #expect(group.workers.first?.folded.map(\.title) == ["resource_tracker", "multiprocessing"])
    }

    @Test func aWorkerOfAnotherGroupIsNotFolded() {
        let groups = discover(
            ProcessTable([
                server(1),
                server(50, pid: 60).with {
                    $0.arguments = ["shopd"]
                    $0.listening = [.init(port: 81)]
                },
            ])
        ).groups
        #expect(groups.count == 2)
        #expect(groups.allSatisfy { $0.workers.allSatisfy { $0.folded.isEmpty } })
    }

    @Test func noMoreAreFoldedThanCanBeShown() throws {
        let helpers = (0..<500).map { ProcessEntry.made(1000 + $0, parent: 50, "convert \($0)") }
        #expect(try only([server(1)] + helpers).workers.first?.folded.count == 64)
    }

    @Test func aMastersWrapperIsInNoRow() throws {
        let group = try only([
            .made(9, "sh -c gunicorn"), .titled(10, parent: 9, "gunicorn: master [a:b]"),
            .titled(11, parent: 10, "gunicorn: worker [a:b]"),
        ])
        #expect(group.workers.first?.folded == [])
    }

    private func only(_ entries: [ProcessEntry]) throws -> DiscoveredGroup {
        let groups = discover(ProcessTable(entries)).groups
        try #require(groups.count == 1, "\(groups)")
        return groups[0]
    }
}
