/// Bounds of everything on the wire. An encoder stays within them, a decoder refuses what is beyond.
///
/// Message sizes count the header. The list and text bounds are chosen so that the largest possible snapshot,
/// without command lines, fits into one message toward the dashboard (tested).
public enum Limits {
    /// Any message before WELCOME was sent or received.
    public static let helloBytes = 4 << 10
    /// A message toward an agent.
    public static let toAgentBytes = 64 << 10
    /// A message toward a dashboard.
    public static let toDashboardBytes = 2 << 20
    /// A message of the enrolment channel.
    public static let enrolmentBytes = 16 << 10
    /// An event, an outcome or an answer.
    public static let eventBytes = 64 << 10

    /// Workers of one snapshot; the rest is left out and `Limitations.workersOmitted` set.
    public static let workers = 2000
    /// Groups of one snapshot, likewise.
    public static let groups = 1000
    /// Troubles of one snapshot, likewise: the worst.
    public static let troubles = 16
    /// Subscriptions of one session at a time; kept by the session, not by the codec.
    public static let subscriptions = 8

    /// Text for people: a reason, a rule, a sentence of a plan; the path of a ready check.
    public static let textBytes = 256
    /// Longer text for people: what a manager answered, why something is refused, what a plan asks of a manager.
    public static let detailBytes = 512
    /// `HostInfo.name`, `kernel`, `agentVersion`, and an address in an enrolment request.
    public static let hostTextBytes = 256
    /// `GroupInfo.key` and `app`, wherever they stand.
    public static let groupTextBytes = 96
    /// `WorkerInfo.name`: 15 kernel bytes, each of which may have become U+FFFD.
    public static let workerNameBytes = 48
    /// Who issued a command.
    public static let issuerBytes = 128
    /// `Manager.name`: a container id, a unit with its path.
    public static let managerNameBytes = 256
    /// Title of a folded process, name of an orphan.
    public static let titleBytes = 96
    /// An address of a peer or of a listening socket, unix paths included.
    public static let addressBytes = 128
    /// TCP ports of one group.
    public static let ports = 32
    /// Arguments of one worker, and the bytes of one of them.
    public static let arguments = 64
    public static let argumentBytes = 1 << 10
    /// All arguments of one worker, each counted with two bytes for its length.
    public static let argumentsBytes = 4 << 10
    /// All arguments of all workers of one snapshot: many workers get shorter command lines.
    public static let allArgumentsBytes = 256 << 10
    /// Processes folded into one worker, and their bytes.
    public static let folded = 16
    public static let foldedBytes = 2 << 10
    /// All folded processes of all workers of one snapshot, likewise.
    public static let allFoldedBytes = 128 << 10
    /// Steps of a plan, and its sentences of each kind. Steps beyond are counted only.
    public static let planSteps = 512
    public static let planSentences = 16
    /// Slots under way in a roll.
    public static let underWay = 64
    /// In an answer; fewer where they do not fit.
    public static let offers = 16
    public static let lives = 100
    public static let events = 512
    public static let listeners = 32
    /// Pieces of the past of one tier.
    public static let pastPieces = 256
    /// Of a piece of the past, in one answer.
    public static let pastPartBytes = 60 << 10
    /// Lines in an answer; fewer where they do not fit.
    public static let logLines = 1000
    /// The newest lines that can be asked for; they come in several answers.
    public static let logTail = 10_000
    /// One line of a log.
    public static let logLineBytes = 4 << 10
    /// Files and journals of one answer, and the slots told of one.
    public static let logSources = 128
    public static let logSlots = 256
    /// Which lines of a log are wanted.
    public static let logFilterBytes = 256
    /// Where a page of a log ends.
    public static let logCursorBytes = 3 << 10
    /// Slots told of one peer; how many peers is `ConnectionReport.peerLimit`.
    public static let peerSlots = 256
    /// Signals that one restart may report.
    public static let signals = 16
    /// A certificate or a certificate request, DER.
    public static let certificateBytes = 4 << 10
    /// A deny-list.
    public static let denyListBytes = 60 << 10
    /// What a host is given that enrols: two certificates, and a deny-list.
    static let grantBytes = enrolmentBytes + denyListBytes
    /// The same, of a session: ours are about 600 bytes.
    public static let renewalBytes = 3 << 10
    /// Addresses in an enrolment request.
    public static let addresses = 16

    /// What is left of a message toward a dashboard for a snapshot or a delta, after header, subscription and sequences.
    static let contentBytes = toDashboardBytes - 64

    /// What is left of a group's ports and a worker's name in a snapshot that is too large otherwise.
    static let barePorts = 4
    static let bareNameBytes = 16
}

extension Limits {
    /// The largest message that `role` may be sent in this state of the session.
    public static func messageBytes(toward role: SpeakerRole, welcomed: Bool) -> Int {
        guard welcomed else { return helloBytes }
        return switch role {
        case .agent: toAgentBytes
        case .dashboard: toDashboardBytes
        }
    }
}
