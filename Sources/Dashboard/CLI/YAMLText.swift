import FoundationEssentials

/// A document as YAML: the same keys, order and values as its JSON, of which every value is YAML already (YAML 1.2, section
/// 1.3), one field a line.
enum YAMLText {
    static func encode(_ value: some Encodable) throws -> String {
        let json = try JSONText.encode(value, pretty: false)
        let tree = try JSONDecoder().decode(Node.self, from: Data(json.utf8))
        return tree.lines(0).joined(separator: "\n") + "\n"
    }

    private indirect enum Node: Decodable {
        case object([(String, Node)])
        case list([Node])
        case scalar(String)

        private struct Key: CodingKey {
            let stringValue: String
            var intValue: Int? { nil }
            init?(intValue: Int) { nil }
            init(stringValue: String) { self.stringValue = stringValue }
        }

        init(from decoder: any Decoder) throws {
            if let fields = try? decoder.container(keyedBy: Key.self) {
                self = .object(
                    try fields.allKeys.sorted { $0.stringValue < $1.stringValue }.map { key in
                        (key.stringValue, try fields.decode(Node.self, forKey: key))
                    })
                return
            }
            if var items = try? decoder.unkeyedContainer() {
                var list: [Node] = []
                while !items.isAtEnd { list.append(try items.decode(Node.self)) }
                self = .list(list)
                return
            }
            let value = try decoder.singleValueContainer()
            if value.decodeNil() {
                self = .scalar("null")
            } else if let flag = try? value.decode(Bool.self) {
                self = .scalar(flag ? "true" : "false")
            } else if let whole = try? value.decode(UInt64.self) {
                self = .scalar(String(whole))
            } else if let whole = try? value.decode(Int64.self) {
                self = .scalar(String(whole))
            } else if let number = try? value.decode(Double.self) {
                self = .scalar("\(number)")
            } else {
                let text = try JSONText.encode(try value.decode(String.self), pretty: false)
                self = .scalar(String(text.dropLast()))
            }
        }

        func lines(_ depth: Int) -> [String] {
            let indent = String(repeating: "  ", count: depth)
            switch self {
            case .scalar(let text): return [indent + text]
            case .object(let fields) where fields.isEmpty: return [indent + "{}"]
            case .list(let items) where items.isEmpty: return [indent + "[]"]
            case .object(let fields):
                return fields.flatMap { key, value -> [String] in
                    let head = indent + key + ":"
                    return value.isNested ? [head] + value.lines(depth + 1) : [head + " " + value.lines(0).joined()]
                }
            case .list(let items):
                return items.flatMap { item -> [String] in
                    let lines = item.lines(depth + 1)
                    // The first line of an item stands behind its dash.
                    let first: String = indent + "- " + lines[0].dropFirst(2 * depth + 2)
                    return [first] + lines.dropFirst()
                }
            }
        }

        private var isNested: Bool {
            switch self {
            case .scalar: false
            case .object(let fields): !fields.isEmpty
            case .list(let items): !items.isEmpty
            }
        }
    }
}
