import TestSupport

extension Child {
    /// `cat` under a name and arguments of the test's choice. They are in place only some time after exec began: when it
    /// answers, they are.
    static func answering(as words: [String] = ["cat", "-"]) throws -> Child {
        let child = try Child(words, program: "/bin/cat", isTalking: true)
        guard child.ask("up") == "up" else { throw SystemError(call: "cat", errno: 0) }
        return child
    }
}
