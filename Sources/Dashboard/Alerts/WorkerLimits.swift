import Model

/// What makes a worker WARN or CRIT; the defaults are those of every app for which nothing else was configured.
struct WorkerLimits: Sendable {
    var lagP99 = Threshold.lagP99
    var loopUtilisation = Threshold.loopUtilisation
    var workerCPU = Threshold.workerCPU
    var openStall = Threshold.openStall
    var openFiles = Threshold.openFiles
}

/// Limits of some apps that are not the usual ones, as configured. The first that names an app counts.
struct AppLimits: Hashable, Sendable {
    /// What can be given other limits, by the word of the rule that breaks when they are passed.
    enum Subject: String, CaseIterable, Sendable {
        case lag99, util, cpu, stall, fds

        var quantity: Quantity {
            switch self {
            case .lag99, .stall: .seconds
            case .util, .cpu, .fds: .share
            }
        }
    }

    struct Pair: Hashable, Sendable {
        let warn: Double
        let crit: Double
    }

    let app: Glob
    /// In seconds, or as shares of one.
    let pairs: [Subject: Pair]
}

extension WorkerLimits {
    init(of app: String, among configured: [AppLimits]) {
        self.init()
        guard let own = configured.first(where: { $0.app.matches(app) }) else { return }
        for (subject, pair) in own.pairs {
            switch subject {
            case .lag99: lagP99 = lagP99.with(warn: pair.warn, crit: pair.crit)
            case .util: loopUtilisation = loopUtilisation.with(warn: pair.warn, crit: pair.crit)
            case .cpu: workerCPU = workerCPU.with(warn: pair.warn, crit: pair.crit)
            case .stall: openStall = openStall.with(warn: pair.warn, crit: pair.crit)
            case .fds: openFiles = openFiles.with(warn: pair.warn, crit: pair.crit)
            }
        }
    }
}
