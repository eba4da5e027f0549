/// Who holds which socket: pairs of inode and holder in one sorted array, eight bytes each.
struct SocketOwners: Sendable {
    private var pairs: [UInt64] = []

    init() {}

    /// Holders are numbers of the caller's.
    init(_ holdings: some Sequence<(holder: UInt32, inodes: [UInt32])>) {
        for holding in holdings {
            for inode in holding.inodes { pairs.append(UInt64(inode) << 32 | UInt64(holding.holder)) }
        }
        pairs.sort()
    }

    /// Ascending.
    func holders(of inode: UInt32) -> some Collection<UInt32> {
        let first = UInt64(inode) << 32
        var (low, high) = (0, pairs.count)
        while low < high {
            let middle = (low + high) / 2
            if pairs[middle] < first { low = middle + 1 } else { high = middle }
        }
        var end = low
        while end < pairs.count, pairs[end] >> 32 == UInt64(inode) { end += 1 }
        return pairs[low..<end].lazy.map { UInt32(truncatingIfNeeded: $0) }
    }
}
