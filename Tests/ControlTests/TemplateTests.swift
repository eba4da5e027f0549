import Model
import Testing

@testable import Control

private func fill(_ words: [String], app: String = "shop", master: Int32? = 100, worker: Bool = true) throws(Refusal)
    -> [String]
{
    try Template(
        words: words, app: app, master: master.map { ProcessRef(pid: $0, startTicks: 1) },
        worker: worker ? living(subjectWorker, slot: 3) : nil
    ).filled()
}

private let subjectWorker = WorkerID(boot: boot, pid: 12, startTicks: 1)

@Suite struct TemplateTests {
    @Test func fillsInWhatItSays() throws {
        let filled = try fill(["/usr/bin/web", "--pid={pid}", "{slot}{slot}", "{master}", "{app}", "{other}", ""])
        #expect(filled == ["/usr/bin/web", "--pid=12", "33", "100", "shop", "{other}", ""])
    }

    @Test func aWordStaysAWord() throws {
        #expect(try fill(["sh", "{app}"], app: "a;b$(c)") == ["sh", "a;b$(c)"])
    }

    /// A process that calls itself `--force` must not become an option.
    @Test(arguments: ["--force", "-9", "", "a b", "a\nb", "a\0b"]) func aNameIsNoOption(app: String) {
        #expect(throws: Refusal.unsuited("the app's name is no plain word for the command")) {
            try fill(["web", "{app}"], app: app)
        }
    }

    @Test func refusesWhatThereIsNot() {
        #expect(throws: Refusal.unsuited("the configured command needs {master}, and there is none")) {
            try fill(["web", "{master}"], master: nil)
        }
        #expect(throws: Refusal.unsuited("the configured command needs {pid}, and there is none")) {
            try fill(["web", "{pid}"], worker: false)
        }
        for words in [[], ["-x"]] {
            #expect(throws: Refusal.unsuited("the configuration of shop names no program")) { try fill(words) }
        }
    }

    @Test func knowsWhetherItMeansOneWorker() {
        #expect(Template(words: ["x", "{slot}"], app: "a").namesWorker)
        #expect(!Template(words: ["x", "{app}", "{master}"], app: "a").namesWorker)
    }
}
