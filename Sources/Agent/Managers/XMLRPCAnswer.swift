/// A value of XML-RPC, as far as supervisord uses them.
enum XMLRPCValue: Hashable, Sendable {
    case nothing
    case number(Int)
    case bool(Bool)
    case string(String)
    indirect case list([XMLRPCValue])
    indirect case record([String: XMLRPCValue])
}

/// What came back of a call: its value, or a fault.
enum XMLRPCAnswer: Hashable, Sendable {
    case value(XMLRPCValue)
    case fault(code: Int, text: String)

    static let maximumDepth = 8

    /// Bytes of a `methodResponse` in, answer or `nil` out.
    init?(parsing bytes: [UInt8]) {
        var parser = Parser(reader: XMLReader(bytes))
        do {
            self = try parser.answer()
        } catch { return nil }
    }

    /// A `methodCall` with string and boolean parameters.
    static func call(_ method: String, _ parameters: [XMLRPCValue]) -> [UInt8] {
        var text = "<?xml version=\"1.0\"?>\n<methodCall><methodName>\(method)</methodName><params>"
        for parameter in parameters {
            switch parameter {
            case .string(let string): text += "<param><value><string>\(escaped(string))</string></value></param>"
            case .bool(let bool): text += "<param><value><boolean>\(bool ? 1 : 0)</boolean></value></param>"
            case .number(let number): text += "<param><value><int>\(number)</int></value></param>"
            case .nothing, .list, .record: break  // no method of ours takes one
            }
        }
        return Array((text + "</params></methodCall>\n").utf8)
    }

    private static func escaped(_ text: String) -> String {
        var escaped = ""
        for character in text.unicodeScalars {
            switch character {
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "&": escaped += "&amp;"
            default: escaped.unicodeScalars.append(character)
            }
        }
        return escaped
    }
}

private struct Parser {
    var reader: XMLReader
    /// Read, but not used.
    var ahead: XMLReader.Token?

    mutating func answer() throws(XMLReader.Malformed) -> XMLRPCAnswer {
        try expect(.open("methodResponse"))
        let answer: XMLRPCAnswer
        switch try tag() {
        case .open("params"):
            try expect(.open("param"))
            answer = .value(try value(depth: 0))
            try expect(.close("param"))
            try expect(.close("params"))
        case .open("fault"):
            guard case .record(let members) = try value(depth: 0), case .number(let code)? = members["faultCode"],
                case .string(let text)? = members["faultString"]
            else { throw XMLReader.Malformed() }
            answer = .fault(code: code, text: text)
            try expect(.close("fault"))
        default: throw XMLReader.Malformed()
        }
        try expect(.close("methodResponse"))
        return answer
    }

    /// The next tag; blanks between tags mean nothing.
    private mutating func tag() throws(XMLReader.Malformed) -> XMLReader.Token {
        while let token = try token() {
            guard case .text(let bytes) = token else { return token }
            guard bytes.allSatisfy({ $0 <= 0x20 }) else { break }
        }
        throw XMLReader.Malformed()
    }

    private mutating func token() throws(XMLReader.Malformed) -> XMLReader.Token? {
        if let ahead {
            self.ahead = nil
            return ahead
        }
        return try reader.next()
    }

    private mutating func expect(_ wanted: XMLReader.Token) throws(XMLReader.Malformed) {
        guard try tag() == wanted else { throw XMLReader.Malformed() }
    }

    /// Text up to the closing tag `name`, which is taken too.
    private mutating func content(of name: String) throws(XMLReader.Malformed) -> String {
        var bytes: [UInt8] = []
        while let token = try token() {
            switch token {
            case .text(let more): bytes += more
            case .close(name): return String(decoding: bytes, as: UTF8.self)
            default: throw XMLReader.Malformed()
            }
        }
        throw XMLReader.Malformed()
    }

    /// `<value>…</value>`; without a type inside, it is a string.
    private mutating func value(depth: Int) throws(XMLReader.Malformed) -> XMLRPCValue {
        guard depth < XMLRPCAnswer.maximumDepth else { throw XMLReader.Malformed() }
        try expect(.open("value"))
        var text: [UInt8] = []
        while let token = try token() {
            switch token {
            case .text(let more): text += more
            case .close("value"): return .string(String(decoding: text, as: UTF8.self))
            case .open(let kind):
                guard text.allSatisfy({ $0 <= 0x20 }) else { throw XMLReader.Malformed() }
                let value = try typed(kind, depth: depth)
                try expect(.close("value"))
                return value
            case .close: throw XMLReader.Malformed()
            }
        }
        throw XMLReader.Malformed()
    }

    private mutating func typed(_ kind: String, depth: Int) throws(XMLReader.Malformed) -> XMLRPCValue {
        switch kind {
        case "int", "i4":
            guard let number = Int(try content(of: kind)) else { throw XMLReader.Malformed() }
            return .number(number)
        case "boolean":
            switch try content(of: kind) {
            case "1": return .bool(true)
            case "0": return .bool(false)
            default: throw XMLReader.Malformed()
            }
        case "struct": return .record(try members(depth: depth))
        case "array": return .list(try elements(depth: depth))
        case "nil":
            try expect(.close("nil"))
            return .nothing
        default: return .string(try content(of: kind))  // string, double, dateTime.iso8601, base64
        }
    }

    private mutating func members(depth: Int) throws(XMLReader.Malformed) -> [String: XMLRPCValue] {
        var members: [String: XMLRPCValue] = [:]
        while true {
            switch try tag() {
            case .open("member"):
                try expect(.open("name"))
                let name = try content(of: "name")
                members[name] = try value(depth: depth + 1)
                try expect(.close("member"))
            case .close("struct"): return members
            default: throw XMLReader.Malformed()
            }
        }
    }

    private mutating func elements(depth: Int) throws(XMLReader.Malformed) -> [XMLRPCValue] {
        try expect(.open("data"))
        var elements: [XMLRPCValue] = []
        while true {
            let token = try tag()
            switch token {
            case .open("value"):
                ahead = token
                elements.append(try value(depth: depth + 1))
            case .close("data"):
                try expect(.close("array"))
                return elements
            default: throw XMLReader.Malformed()
            }
        }
    }
}
