internal import Model

extension ProbeTrace {
    /// Reads what `ProbeTraceWriter` wrote. A last line without its newline was cut off and does not count.
    public init(parsing text: String) throws(Malformed) {
        self.init()
        var number = 0
        var last: [MonotonicInstant] = []
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
        for line in lines {
            number += 1
            if number == 1 {
                guard line == Self.header else { throw Malformed(line: 1, what: "it begins with \(Self.header)") }
                continue
            }
            if line.isEmpty || line.hasPrefix("#") { continue }
            var words = Words(line: number, rest: line.split(separator: " ")[...])
            let kind = try words.next("a record")
            if kind == "L" {
                let loop = try Self.loop(&words, number: loops.count)
                loops.append(loop)
                last.append(loop.began)
                continue
            }
            let index: Int = try words.number("the number of a loop")
            guard loops.indices.contains(index) else { throw words.malformed("no loop has the number \(index)") }
            let since = last[index]
            let at = since + .nanoseconds(try words.marked("+", "the time since the line before"))
            last[index] = at
            loops[index].records.append(try Self.record(kind, &words, at: at, since: since))
            guard words.rest.isEmpty else { throw words.malformed("more words than it has") }
        }
        guard number > 0 else { throw Malformed(line: 1, what: "it begins with \(Self.header)") }
    }

    private static func loop(_ words: inout Words, number: Int) throws(Malformed) -> Loop {
        let given: Int = try words.number("the number of a loop")
        guard given == number else { throw words.malformed("the next loop is number \(number)") }
        let pid: Int32 = try words.number("the pid")
        let tid: Int32 = try words.number("the thread")
        let tierWord = try words.next("a tier")
        guard let tier = LagTier.allCases.first(where: { $0.word == tierWord }) else {
            throw words.malformed("no tier is called \(tierWord)")
        }
        let kindWord = try words.next("a kind of loop")
        guard let kind = LoopKind.allCases.first(where: { $0.word == kindWord }) else {
            throw words.malformed("no kind of loop is called \(kindWord)")
        }
        let tick: Int64 = try words.number("the length of a tick")
        let began: UInt64 = try words.number("a time")
        var descriptor: UInt64?
        if let word = words.rest.popFirst() {
            descriptor = UInt64(word.dropFirst())
            guard word.hasPrefix("e"), descriptor != nil else { throw words.malformed("\(word) is no descriptor") }
        }
        guard words.rest.isEmpty else { throw words.malformed("more words than it has") }
        return Loop(
            pid: pid, tid: tid, tier: tier, kind: kind, tick: .nanoseconds(tick),
            began: MonotonicInstant(nanoseconds: began), epollDescriptor: descriptor)
    }

    private static func record(
        _ kind: Substring, _ words: inout Words, at: MonotonicInstant, since: MonotonicInstant
    ) throws(Malformed) -> Record {
        switch kind {
        case "=": return .unchanged(at)
        case "W": return .close(at)
        case "A": return .adopted(at, epollDescriptor: try words.number("an epoll descriptor"))
        case "P": break
        default: throw words.malformed("no record is called \(kind)")
        }
        let run: UInt64 = try words.number("ns run")
        let wait: UInt64 = try words.number("ns waited")
        let slices: UInt64 = try words.number("time slices")
        var probe = Probe(
            at: at, runNanoseconds: run, waitNanoseconds: wait, timeslices: slices,
            place: try place(try words.next("a place"), words))
        while let word = words.rest.popFirst() { try add(word, to: &probe, since: since, words) }
        return .probe(probe)
    }

    private static func place(_ word: Substring, _ words: Words) throws(Malformed) -> Probe.Place {
        switch word {
        case "R": return .running
        case "o": return .outside
        case "e": return .asleep(inEventWait: true)
        case "a": return .asleep(inEventWait: false)
        case "T": return .stopped
        default:
            let parts = word.dropFirst().split(separator: ":")
            guard word.hasPrefix("c"), parts.count == 2, let call = UInt16(parts[0]),
                let argument = UInt64(parts[1], radix: 16)
            else { throw words.malformed("no place is called \(word)") }
            return .call(SystemCall(number: call), firstArgument: argument)
        }
    }

    private static func add(
        _ word: Substring, to probe: inout Probe, since: MonotonicInstant, _ words: Words
    ) throws(Malformed) {
        if word == "!" {
            probe.lostSwitches = true
            return
        }
        if word.first == "<", let colon = word.firstIndex(of: ":") {
            try add(word[..<colon], to: &probe, since: since, words)
            probe.switches[probe.switches.count - 1].place = try place(word[colon...].dropFirst(), words)
            return
        }
        var numbers: [UInt64] = []
        for part in word.dropFirst().split(separator: ":", omittingEmptySubsequences: false) {
            guard let number = UInt64(part) else { throw words.malformed("\(word) holds no number") }
            numbers.append(number)
        }
        let moment = since + .nanoseconds(Int64(clamping: numbers.first ?? 0))
        switch (word.first, numbers.count) {
        case ("v", 1): probe.voluntarySwitches = numbers[0]
        case ("i", 1): probe.involuntarySwitches = numbers[0]
        case ("t", 1): probe.throttledNanoseconds = numbers[0]
        case ("q", 1): probe.runnable = UInt32(clamping: numbers[0])
        case ("c", 2): probe.calls = CallCounts(reads: numbers[0], writes: numbers[1])
        case ("s", 4):
            probe.sockets = SocketEvidence(
                consumedBytes: numbers[0], sentBytes: numbers[1], unreadBytes: numbers[2], turns: numbers[3])
        case ("u", 1):
            probe.sockets?.unreadSince = probe.at + .nanoseconds(-Int64(clamping: numbers[0]))
        case (">", 1): probe.switches.append(Probe.Switch(at: moment, kind: .into))
        case (">", 2): probe.switches.append(Probe.Switch(at: moment, kind: .into, waitNanoseconds: numbers[1]))
        case ("<", 1): probe.switches.append(Probe.Switch(at: moment, kind: .sleep))
        case ("x", 1): probe.switches.append(Probe.Switch(at: moment, kind: .preempted))
        default: throw words.malformed("a probe knows no \(word)")
        }
    }

    /// The words of one line that are left.
    private struct Words {
        let line: Int
        var rest: ArraySlice<Substring>

        mutating func next(_ what: String) throws(Malformed) -> Substring {
            guard let word = rest.popFirst() else { throw malformed("\(what) is missing") }
            return word
        }

        mutating func number<N: FixedWidthInteger>(_ what: String) throws(Malformed) -> N {
            let word = try next(what)
            guard let number = N(word) else { throw malformed("\(what) is a number, not \(word)") }
            return number
        }

        mutating func marked(_ mark: Character, _ what: String) throws(Malformed) -> Int64 {
            let word = try next(what)
            guard word.first == mark, let number = Int64(word.dropFirst()), number >= 0 else {
                throw malformed("\(what) is \(mark) and a number, not \(word)")
            }
            return number
        }

        func malformed(_ what: String) -> Malformed { Malformed(line: line, what: what) }
    }
}
