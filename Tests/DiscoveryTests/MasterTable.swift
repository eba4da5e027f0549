import Discovery
import Glibc

/// `Tests/Fixtures/masters/NAME.table`: processes of real masters, a block each, one fact to a line.
enum MasterTable {
    static func entries(_ name: String) throws -> [ProcessEntry] {
        let here = #filePath.split(separator: "/").dropLast(2).joined(separator: "/")
        let text = try text(of: "/\(here)/Fixtures/masters/\(name).table")
        return text.split(separator: "\n\n").compactMap { block in
            let facts = block.split(separator: "\n").filter { !$0.hasPrefix("#") }.map { line -> (String, String) in
                let word = line.prefix { $0 != " " }
                let value = line.dropFirst(word.count + 1)
                return (
                    String(word),
                    value.split(separator: "\\n", omittingEmptySubsequences: false).joined(separator: "\n")
                )
            }
            return facts.isEmpty ? nil : entry(facts)
        }
    }

    private static func entry(_ facts: [(String, String)]) -> ProcessEntry {
        let all = { (word: String) in facts.filter { $0.0 == word }.map(\.1) }
        let first = { (word: String) in all(word).first }
        let environment = all("env").map { fact in
            (String(fact.prefix { $0 != "=" }), String(fact.drop { $0 != "=" }.dropFirst()))
        }
        return ProcessEntry(
            pid: first("pid").flatMap { Int32($0) } ?? 0, parentPID: first("parent").flatMap { Int32($0) } ?? 0,
            startTicks: first("start").flatMap { UInt64($0) } ?? 0, uid: first("uid").flatMap { UInt32($0) } ?? 0,
            name: first("comm") ?? "", arguments: all("arg"), executable: first("exe"), workingDirectory: first("cwd"),
            listening: all("listen").map { fact in
                let words = fact.split(separator: " ").map(String.init)
                return .init(port: UInt16(words[0]) ?? 0, inode: UInt64(words[1]) ?? 0, address: words[2])
            },
            networkNamespace: first("netns").flatMap { UInt64($0) }, waitsInEpoll: first("epoll") != nil,
            isZombie: first("zombie") != nil, environment: Dictionary(environment, uniquingKeysWith: { $1 }),
            cgroup: first("cgroup"))
    }

    private struct Unreadable: Error { var path: String }

    private static func text(of path: String) throws -> String {
        guard let file = fopen(path, "re") else { throw Unreadable(path: path) }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        while case let byte = getc(file), byte != EOF { bytes.append(UInt8(truncatingIfNeeded: byte)) }
        return String(decoding: bytes, as: UTF8.self)
    }
}
