import TestSupport

extension SeededGenerator {
    /// Bytes of no meaning.
    mutating func noise(_ count: Int) -> [UInt8] { (0..<count).map { _ in UInt8.random(in: 0...255, using: &self) } }

    /// `bytes` with a few of them changed, left out, said twice or moved.
    mutating func mutant(of bytes: [UInt8]) -> [UInt8] {
        var mutant = bytes
        for _ in 0..<Int.random(in: 1...6, using: &self) where !mutant.isEmpty {
            let place = Int.random(in: 0..<mutant.count, using: &self)
            switch Int.random(in: 0..<5, using: &self) {
            case 0: mutant[place] = UInt8.random(in: 0...255, using: &self)
            case 1: mutant.remove(at: place)
            case 2: mutant.insert(UInt8.random(in: 0...255, using: &self), at: place)
            case 3: mutant.removeLast(mutant.count - place)
            default:
                let end = min(mutant.count, place + Int.random(in: 1...20, using: &self))
                mutant.insert(contentsOf: mutant[place..<end], at: Int.random(in: 0...mutant.count, using: &self))
            }
        }
        return mutant
    }

    /// `bytes` in pieces.
    mutating func pieces(of bytes: [UInt8]) -> [[UInt8]] {
        var pieces: [[UInt8]] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = Int.random(in: 1...max(1, min(rest.count, 40)), using: &self)
            pieces.append(Array(rest.prefix(count)))
            rest = rest.dropFirst(count)
        }
        return pieces
    }
}
