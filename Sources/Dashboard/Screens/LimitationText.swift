import Console
import Model

/// What an agent may not do or read.
struct LimitationText {
    /// For a line that has other things to say.
    let short: String
    /// What, why, and what would lift it.
    let sentence: String
}

/// `/proc/<pid>/{io,fd,environ}` belong to their user alone, and the kernel asks for ptrace access besides. proc(5).
private let readingOthers = "CAP_SYS_PTRACE, CAP_DAC_READ_SEARCH"

private let all: [(Limitations, LimitationText)] = [
    (
        .noPidfd,
        LimitationText(
            short: "no restarts: its kernel has no pidfds (before 5.3)",
            sentence: "No worker can be restarted or signalled: its kernel has no pidfds (before 5.3), and a pid alone "
                + "can be another process by then.")
    ),
    (
        .signalsDenied,
        LimitationText(
            short: "restarts of other users' workers will fail: the agent lacks CAP_KILL",
            sentence: "Other users' workers cannot be restarted: the agent lacks CAP_KILL.")
    ),
    (
        .ioDenied,
        LimitationText(
            short: "other users' I/O not known: needs \(readingOthers)",
            sentence: "What other users' workers read and write is not known: /proc/PID/io is their user's alone. "
                + "\(readingOthers) would let the agent read it.")
    ),
    (
        .detailsDenied,
        LimitationText(
            short: "others' workers may be missing: needs \(readingOthers)",
            sentence: "Some workers of other users may not be found: their sockets and environment are their user's "
                + "alone. \(readingOthers) would let the agent read them.")
    ),
    (
        .processesHidden,
        LimitationText(
            short: "other users' workers are hidden from the agent: hidepid of /proc",
            sentence:
                "Workers of other users are hidden from the agent: its /proc is mounted with hidepid. Run it as root or "
                + "in the group of the mount's gid= option (SupplementaryGroups= of its unit).")
    ),
    (
        .noDescriptorCount,
        LimitationText(
            short: "no FDS: its kernel does not tell (before 6.2)",
            sentence: "Open files are not counted: its kernel does not tell how many there are (before 6.2).")
    ),
    (
        .sweepsStretched,
        LimitationText(
            short: "samples come less often: the agent keeps within its share of a core",
            sentence: "Samples come less often than planned: a look at all workers costs more than the agent may take "
                + "of a core. Watch fewer of them (--match), or give it a longer --interval.")
    ),
    (
        .workersOmitted,
        LimitationText(
            short: "some workers are not watched: over the agent's limit",
            sentence:
                "Some workers are not watched: there are more than the agent may watch, or than it may have files "
                + "open for (LimitNOFILE of its unit).")
    ),
]

/// The short form of each, the worst first.
func limitationTexts(_ limitations: Limitations) -> [String] {
    all.filter { limitations.contains($0.0) }.map(\.1.short)
}

/// One sentence for each, the worst first.
func limitationSentences(_ limitations: Limitations) -> [String] {
    all.filter { limitations.contains($0.0) }.map(\.1.sentence)
}
