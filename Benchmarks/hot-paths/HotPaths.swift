/// One path, made ready: what is made once is made by now, so that rounds alone are what a longer run costs more.
struct HotPath {
    /// How many worker samples, or rows of a list, one round is about.
    let units: Int
    /// By its number, from 0. What it returns says that its work is wanted.
    let round: (Int) throws -> Int
}

/// `hot-paths PATH ROUNDS [PID...]`: runs one hot path so many times, for `Benchmarks/hot-paths/run` to count what it took.
///
/// All input follows from seeds, but for the processes of the sweep. Prints how many units a round has.
@main
struct HotPaths {
    /// How many rounds a path is ready for, whatever number of them is run.
    static let rounds = 40

    static func main() throws {
        let words = CommandLine.arguments
        guard words.count >= 3, let rounds = Int(words[2]), 0...Self.rounds ~= rounds else {
            throw Usage(message: "hot-paths PATH ROUNDS [PID...], at most \(Self.rounds) rounds")
        }
        guard let make = paths[words[1]] else { throw Usage(message: "there is no path \(words[1])") }
        let path = try make(words.dropFirst(3).compactMap { Int32($0) })
        var sum = 0
        for round in 0..<rounds { sum &+= try path.round(round) }
        print(path.units, sum)
    }

    struct Usage: Error { let message: String }
}
