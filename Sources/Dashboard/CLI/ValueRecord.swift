import Console

/// A number in base units, a text, or null for what is not known.
struct ValueRecord: Encodable {
    let value: FilterValue

    init(_ value: FilterValue) { self.value = value }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch value {
        case .number(let number), .atMost(let number), .atLeast(let number):
            if let number = rounded(number) { try container.encode(number) } else { try container.encodeNil() }
        case .rank(let rank): try container.encode(StateRank.words[rank])
        case .texts(let texts): try container.encode(SafeText(texts.first ?? "").string)
        case .unknown: try container.encodeNil()
        }
    }
}
