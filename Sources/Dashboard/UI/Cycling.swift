extension CaseIterable where Self: Equatable, AllCases == [Self] {
    /// The case that comes `step` after this one; behind the last comes the first.
    func next(_ step: Int = 1) -> Self {
        let all = Self.allCases
        guard let here = all.firstIndex(of: self) else { return self }
        return all[((here + step) % all.count + all.count) % all.count]
    }
}
