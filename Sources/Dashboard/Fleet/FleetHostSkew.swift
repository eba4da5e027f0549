import Model

extension FleetHost {
    /// What is unevenly spread over the workers of an app, as of now, worst first.
    func skew(ofGroup key: String) -> [Skew] {
        let loads = workers.values.filter { $0.end == nil && $0.info.groupKey == key }.map { track in
            // Only what is measured can be compared: an upper bound of one against that of another says nothing.
            let lag = track.lag.isBound || track.lag.isFloor ? nil : track.lag.worst
            return Skew.Load(
                slot: track.info.slot, cores: track.rates.cpu, connections: track.row[.connections],
                lagMicroseconds: lag.map { UInt64(max($0.nanoseconds, 0)) / 1000 })
        }
        return Skew.find(among: loads.sorted { $0.slot < $1.slot })
    }
}
