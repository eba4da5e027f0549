/// Which workers are meant: `web-1/api#2`, `web-1/api`, `web-1/4711`, or `host=web-*,app=api,slot=2,pid=4711` where all
/// parts must hold. `*` stands for any text in a host or app.
struct Selector: Hashable, Sendable {
    var host: Glob?
    var app: Glob?
    var slot: UInt32?
    var pid: Int32?

    /// Why a text is no selector.
    enum Problem: Error, Hashable, Sendable {
        case empty
        /// Neither `KEY=VALUE` nor `HOST/...`.
        case notASelector(String)
        case unknownKey(String)
        case repeatedKey(String)
        case notANumber(key: String, value: String)
        case emptyValue(key: String)

        var sentence: String {
            switch self {
            case .empty: "the selector is empty"
            case .notASelector(let text):
                "\"\(text)\" is not a selector: write HOST/APP#SLOT, HOST/APP, HOST/PID or host=...,app=...,slot=...,pid=..."
            case .unknownKey(let key): "unknown key \"\(key)\" in the selector: use host, app, slot or pid"
            case .repeatedKey(let key): "\"\(key)\" is given twice in the selector"
            case .notANumber(let key, let value): "\(key) must be a number above 0, not \"\(value)\""
            case .emptyValue(let key): "\(key) has no value in the selector"
            }
        }
    }

    init(host: Glob? = nil, app: Glob? = nil, slot: UInt32? = nil, pid: Int32? = nil) {
        self.host = host
        self.app = app
        self.slot = slot
        self.pid = pid
    }

    init(parsing text: String) throws(Problem) {
        guard !text.isEmpty else { throw .empty }
        // An `=` before any `/` can only be a key: no host name holds one.
        if let mark = text.firstIndex(where: { $0 == "=" || $0 == "/" }), text[mark] == "=" {
            try self.init(keys: text)
        } else {
            try self.init(path: text)
        }
    }

    private init(keys text: String) throws(Problem) {
        self.init()
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            guard let mark = part.firstIndex(of: "=") else { throw .notASelector(String(part)) }
            let key = String(part[..<mark])
            let value = String(part[part.index(after: mark)...])
            guard !value.isEmpty else { throw .emptyValue(key: key) }
            switch key {
            case "host":
                guard host == nil else { throw .repeatedKey(key) }
                host = Glob(value)
            case "app":
                guard app == nil else { throw .repeatedKey(key) }
                app = Glob(value)
            case "slot":
                guard slot == nil else { throw .repeatedKey(key) }
                slot = try Self.number(value, key: key)
            case "pid":
                guard pid == nil else { throw .repeatedKey(key) }
                pid = try Self.number(value, key: key)
            default: throw .unknownKey(key)
            }
        }
    }

    private init(path text: String) throws(Problem) {
        guard let slash = text.firstIndex(of: "/") else { throw .notASelector(text) }
        let rest = text[text.index(after: slash)...]
        guard slash != text.startIndex, !rest.isEmpty else { throw .notASelector(text) }
        self.init(host: Glob(String(text[..<slash])))
        if rest.utf8.allSatisfy(Self.isDigit) {
            pid = try Self.number(String(rest), key: "pid")
        } else if let hash = rest.lastIndex(of: "#"), hash != rest.startIndex {
            app = Glob(String(rest[..<hash]))
            slot = try Self.number(String(rest[rest.index(after: hash)...]), key: "slot")
        } else {
            app = Glob(String(rest))
        }
    }

    private static func isDigit(_ byte: UInt8) -> Bool { UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte }

    private static func number<Number: FixedWidthInteger>(_ text: String, key: String) throws(Problem) -> Number {
        guard text.utf8.allSatisfy(isDigit), let number = Number(text), number > 0 else {
            throw .notANumber(key: key, value: text)
        }
        return number
    }
}

extension Selector {
    /// A host goes by what it calls itself and by how the operator wrote it.
    func matches(hostNames: [String]) -> Bool {
        guard let host else { return true }
        return hostNames.contains { host.matches($0) }
    }

    func matches(app name: String) -> Bool { app?.matches(name) ?? true }

    func matches(app name: String, slot: UInt32, pid: Int32) -> Bool {
        matches(app: name) && (self.slot ?? slot) == slot && (self.pid ?? pid) == pid
    }

    /// Whether it says more than which hosts.
    var namesWorkers: Bool { app != nil || slot != nil || pid != nil }
}

/// Text in which `*` stands for any text, the empty one too.
struct Glob: Hashable, Sendable {
    let pattern: String

    init(_ pattern: String) { self.pattern = pattern }

    /// In time proportional to the product of the lengths at worst: only the last `*` is ever tried again.
    func matches(_ text: String) -> Bool {
        let pattern = Array(pattern.utf8)
        let text = Array(text.utf8)
        var p = 0
        var t = 0
        var star: (pattern: Int, text: Int)?
        while t < text.count {
            if p < pattern.count, pattern[p] == UInt8(ascii: "*") {
                star = (p, t)
                p += 1
            } else if p < pattern.count, pattern[p] == text[t] {
                p += 1
                t += 1
            } else if let last = star {
                star = (last.pattern, last.text + 1)
                p = last.pattern + 1
                t = last.text + 1
            } else {
                return false
            }
        }
        return pattern[p...].allSatisfy { $0 == UInt8(ascii: "*") }
    }
}
