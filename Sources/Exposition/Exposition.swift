internal import Model

/// Makes the text of a scrape from what was sampled last. A value with buffers that it keeps: a scrape makes no text for a
/// sample, and after the first one no room.
///
/// Series of workers have the labels `host`, `app` and `worker`, the stable slot: a worker that is started again goes on in
/// the series of the one before it. Where several apps of a host have one name, theirs have `group`, too, the key of the
/// group. What is not known is left out, and never 0.
public struct Exposition: Sendable {
    var text = MetricText()
    /// The labels of hosts, groups and workers, one behind the other.
    private var labels: [UInt8] = []
    private var places: [HostPlaces] = []

    /// Where the labels of a host are in `labels`.
    private struct HostPlaces: Sendable {
        var host: Range<Int>
        var groups: [Range<Int>] = []
        /// `nil` for what must not be told twice.
        var workers: [Range<Int>?] = []
    }

    public init() {}

    /// The whole text.
    public mutating func render(
        _ hosts: [ExposedHost], by process: ExportingProcess, as format: ExpositionFormat
    ) -> [UInt8] {
        text.start(format)
        write(process)
        write(hosts)
        text.finish()
        return text.bytes
    }

    private mutating func write(_ hosts: [ExposedHost]) {
        label(hosts)
        writeLinks(hosts)
        writeHosts(hosts)
        writeGroups(hosts)
        writeWorkers(hosts)
    }

    // MARK: Labels

    private mutating func label(_ hosts: [ExposedHost]) {
        labels.removeAll(keepingCapacity: true)
        places = hosts.map { host in
            var place = HostPlaces(host: label { $0.append("host=\"" as StaticString, value: host.name) })
            guard let snapshot = host.snapshot else { return place }
            var apps: [String: Int] = [:]
            for group in snapshot.groups { apps[group.info.app, default: 0] += 1 }
            var groups: [String: Range<Int>] = [:]
            for group in snapshot.groups {
                let range = label(behind: place.host) { labels in
                    labels.append(",app=\"" as StaticString, value: group.info.app)
                    guard apps[group.info.app] != 1 else { return }
                    labels.append(",group=\"" as StaticString, value: group.info.key)
                }
                place.groups.append(range)
                groups[group.info.key] = range
            }
            place.workers = snapshot.workers.indices.map { index in
                guard host.counts.living.indices.contains(index), host.counts.living[index] != nil else { return nil }
                let info = snapshot.workers[index].info
                // Of a group that is not told of, nobody knows the app.
                guard let group = groups[info.groupKey] else { return nil }
                return label(behind: group) { labels in
                    labels.append(",worker=\"" as StaticString)
                    labels.append(UInt64(info.slot))
                    labels.append(UInt8(ascii: "\""))
                }
            }
            return place
        }
    }

    private mutating func label(behind prefix: Range<Int> = 0..<0, _ add: (inout [UInt8]) -> Void) -> Range<Int> {
        let start = labels.count
        for place in prefix { labels.append(labels[place]) }  // a slice would hold the whole, and make a copy of it
        add(&labels)
        return start..<labels.count
    }

    // MARK: Who writes

    private mutating func write(_ process: ExportingProcess) {
        var version: [UInt8] = []
        version.append("version=\"" as StaticString, value: process.version)
        one(.buildInfo, 1, labels: version[...])
        one(.ownCPU, process.cpuNanoseconds, decimals: 9)
        one(.ownMemory, process.residentBytes)
        one(.ownFiles, process.openFiles)
        one(.ownFilesLimit, process.openFilesLimit)
        one(.ownStart, UInt64(max(0, process.started.nanoseconds)), decimals: 9)
        one(.viewers, process.viewers.map { UInt64(max(0, $0)) })
    }

    private mutating func one(
        _ family: MetricFamily, _ value: UInt64?, decimals: Int = 0, labels: ArraySlice<UInt8> = []
    ) {
        guard let value else { return }
        text.begin(family)
        text.sample(value, decimals: decimals, labels: labels)
    }

    // MARK: Hosts

    private mutating func writeLinks(_ hosts: [ExposedHost]) {
        text.begin(.hostUp)
        for (host, place) in zip(hosts, places) {
            if let link = host.link { text.sample(link.isUp ? 1 : 0, labels: labels[place.host]) }
        }
        text.begin(.hostAge)
        for (host, place) in zip(hosts, places) {
            if let age = host.link?.age { text.sample(age, labels: labels[place.host]) }
        }
    }

    private mutating func writeHosts(_ hosts: [ExposedHost]) {
        for numbers in HostNumbers.all {
            text.begin(numbers.family)
            for (host, place) in zip(hosts, places) {
                guard let snapshot = host.snapshot else { continue }
                for sample in numbers.samples {
                    guard let value = snapshot.host[sample.field] else { continue }
                    text.sample(value, decimals: sample.decimals, labels: labels[place.host], more: sample.more)
                }
            }
        }
        for (family, decimals, value) in HostNumbers.others {
            text.begin(family)
            for (host, place) in zip(hosts, places) {
                guard let snapshot = host.snapshot, let value = value(snapshot, host.info) else { continue }
                text.sample(value, decimals: decimals, labels: labels[place.host])
            }
        }
    }

    private mutating func writeGroups(_ hosts: [ExposedHost]) {
        text.begin(.appInfo)
        for (host, place) in zip(hosts, places) {
            for (index, range) in place.groups.enumerated() {
                guard let info = host.snapshot?.groups[index].info else { continue }
                let whole = label(behind: range) { labels in
                    labels.append(",kind=\"" as StaticString, value: info.kind.word)
                    guard let manager = info.manager else { return }
                    labels.append(",manager=\"" as StaticString, value: manager.kind.word)
                }
                text.sample(1, labels: labels[whole])
                labels.removeSubrange(whole)
            }
        }
        for numbers in GroupNumbers.all {
            text.begin(numbers.family)
            for (host, place) in zip(hosts, places) {
                guard let groups = host.snapshot?.groups else { continue }
                for (index, range) in place.groups.enumerated() {
                    guard let value = numbers.value(groups[index]) else { continue }
                    text.sample(value, decimals: numbers.decimals, labels: labels[range])
                }
            }
        }
    }

    // MARK: Workers

    private mutating func writeWorkers(_ hosts: [ExposedHost]) {
        for numbers in WorkerNumbers.all {
            text.begin(numbers.family)
            for (host, place) in zip(hosts, places) {
                guard let workers = host.snapshot?.workers else { continue }
                for (index, range) in place.workers.enumerated() {
                    guard let range else { continue }
                    for sample in numbers.samples {
                        guard let value = workers[index].row[sample.field] else { continue }
                        text.sample(value, decimals: sample.decimals, labels: labels[range], more: sample.more)
                    }
                }
            }
        }
        each(.workerInfo, of: hosts) { exposition, host, worker, index, range in
            let whole = exposition.label(behind: range) { labels in
                labels.append(",pid=\"" as StaticString)
                labels.append(UInt64(max(0, worker.info.id.pid)))
                labels.append("\",process=\"" as StaticString, value: worker.info.name)
            }
            exposition.text.sample(1, labels: exposition.labels[whole])
            exposition.labels.removeSubrange(whole)
        }
        each(.uptime, of: hosts) { exposition, host, worker, index, range in
            guard let age = host.age(of: worker.info.id) else { return }
            exposition.text.sample(age, decimals: 9, labels: exposition.labels[range])
        }
        each(.filesLimit, of: hosts) { exposition, host, worker, index, range in
            guard let limit = worker.info.openFilesLimit else { return }
            exposition.text.sample(limit, labels: exposition.labels[range])
        }
        each(.workerState, of: hosts) { exposition, host, worker, index, range in
            guard let letter = worker.row[.state], let now = WorkerNumbers.state(UInt8(truncatingIfNeeded: letter))
            else { return }
            for (state, label) in WorkerNumbers.states.enumerated() {
                exposition.text.sample(state == now ? 1 : 0, labels: exposition.labels[range], more: label)
            }
        }
        each(.workerHung, of: hosts) { exposition, host, worker, index, range in
            guard let method = worker.row[.lagMethod].flatMap(LagMethod.init(packed:)) else { return }
            exposition.text.sample(method.isHung ? 1 : 0, labels: exposition.labels[range])
        }
        each(.workerRestarts, of: hosts) { exposition, host, worker, index, range in
            guard let count = host.counts.living[index] else { return }
            exposition.text.sample(count.changes, labels: exposition.labels[range])
        }
        writeLags(hosts)
    }

    private mutating func writeLags(_ hosts: [ExposedHost]) {
        for numbers in WorkerNumbers.lags {
            each(numbers.family, of: hosts) { exposition, host, worker, index, range in
                guard worker.lagQuality == .exact || worker.lagQuality == .floor else { return }
                for sample in numbers.samples {
                    guard let value = worker.row[sample.field] else { continue }
                    exposition.text.sample(value, decimals: sample.decimals, labels: exposition.labels[range])
                }
            }
        }
        each(.delay, of: hosts) { exposition, host, worker, index, range in
            guard let lag = host.counts.living[index]?.lag else { return }
            // Of a loop that nobody looked at, nothing is known: that is not the same as none.
            guard lag.nanoseconds > 0 || (worker.lagQuality ?? .none) != .none else { return }
            exposition.write(lag, labels: exposition.labels[range])
        }
    }

    private mutating func write(_ lag: LagBuckets, labels: ArraySlice<UInt8>) {
        let bounds = text.format == .openMetrics ? LagBuckets.canonicalLabels : LagBuckets.labels
        var sum: UInt64 = 0
        for (bucket, bound) in bounds.enumerated() {
            sum &+= lag.counts[bucket]
            text.sample(sum, labels: labels, more: bound, suffix: "_bucket")
        }
        text.sample(lag.nanoseconds, decimals: 9, labels: labels, suffix: "_sum")
        text.sample(sum, labels: labels, suffix: "_count")
    }

    private mutating func each(
        _ family: MetricFamily, of hosts: [ExposedHost],
        _ write: (inout Exposition, ExposedHost, WorkerEntry, Int, Range<Int>) -> Void
    ) {
        text.begin(family)
        for place in places.indices {
            let host = hosts[place]
            guard let workers = host.snapshot?.workers else { continue }
            for index in places[place].workers.indices {
                guard let range = places[place].workers[index] else { continue }
                write(&self, host, workers[index], index, range)
            }
        }
    }
}

extension [UInt8] {
    /// The beginning of a label up to its quotation mark, its value, and the mark behind it.
    fileprivate mutating func append(_ beginning: StaticString, value: String) {
        append(beginning)
        append(labelValue: value)
        append(UInt8(ascii: "\""))
    }
}

extension WorkerEntry {
    fileprivate var lagQuality: LagQuality? { row[.lagMethod].flatMap(LagMethod.init(packed:))?.quality }
}

extension ExposedHost {
    /// Since it was started, on the clock that goes on while the machine sleeps, in ns.
    fileprivate func age(of worker: WorkerID) -> UInt64? {
        guard let info, info.ticksPerSecond > 0, let uptime = snapshot?.host[.uptimeNanoseconds] else { return nil }
        let tick = 1_000_000_000 / UInt64(info.ticksPerSecond)
        let (started, overflow) = worker.startTicks.multipliedReportingOverflow(by: tick)
        return overflow || started > uptime ? nil : uptime - started
    }
}
