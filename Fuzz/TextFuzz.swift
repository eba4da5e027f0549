import Console
import Model
import ProcFS
import Trust

/// libFuzzer's entry: text that others wrote, the kernel for them or they themselves, may be refused but not trap, and what
/// is promised of it holds.
///
/// The first byte says what the rest is: `k` a file of the kernel, `c` arguments of a process, `s` text for the screen, `j`
/// a policy in JSON5.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = Array(UnsafeBufferPointer(start: start, count: count))
    let text = Array(input.dropFirst())
    switch input.first {
    case UInt8(ascii: "k"): kernel(text.span)
    case UInt8(ascii: "c"): arguments(text)
    case UInt8(ascii: "s"): screen(text)
    case UInt8(ascii: "j"): policy(text)
    default: break
    }
    return 0
}

/// Every reader of a kernel file, whatever file it is: a process's name is in most of them. Being refused is what most inputs
/// are for; why does not matter here.
private func kernel(_ text: Span<UInt8>) {
    _ = try? Capabilities(parsing: text)
    _ = try? CgroupMemory.limit(parsing: text)
    _ = try? CgroupMemory.used(parsing: text)
    _ = try? CgroupMemory.inactiveFiles(parsing: text)
    _ = try? CgroupMounts(parsing: text)
    _ = try? CgroupPath(parsing: text)
    _ = try? CgroupThrottle(parsing: text)
    _ = try? CPUQuota(parsing: text)
    _ = try? DescriptorInfo(parsing: text)
    _ = DescriptorLink(parsing: text)
    _ = try? EpollTargets(parsing: text)
    _ = try? HostStat(parsing: text)
    _ = try? LoadAverage(parsing: text)
    _ = try? MemInfo(parsing: text)
    _ = try? MemoryEvents(parsing: text)
    _ = try? NetTCP(parsing: text)
    _ = try? Pressure(parsing: text)
    _ = ProcessEnvironment(parsing: text, wanted: wanted)
    _ = try? ProcessIO(parsing: text)
    _ = try? ProcessLimits(parsing: text)
    _ = try? ProcessStat(parsing: text)
    _ = try? ProcessStatus(parsing: text)
    _ = try? SchedStat(parsing: text)
    _ = try? SyscallLine(parsing: text)
    _ = try? ThreadCalls(parsing: text)
    _ = try? ThreadState(parsing: text)
    _ = try? ThreadSwitches(parsing: text)
    _ = try? Uptime(parsing: text)
    _ = WaitChannel(parsing: text)
}

private let wanted = ProcessEnvironment.Wanted(
    names: ["PORT", "name", "SUPERVISOR_GROUP_NAME"], object: "pm2_env", members: ["name", "pm_id"], limit: 64)

/// Without their secrets they are as many, no second look finds another one, and none that is planted is left.
private func arguments(_ text: [UInt8]) {
    let read = CommandLine(parsing: text.span).arguments
    let once = Redactor.redact(arguments: read)
    precondition(once.count == read.count, "redacting loses or makes arguments")
    precondition(Redactor.redact(arguments: once) == once, "redacting twice changes something")
    let line = Redactor.redact(line: String(decoding: text, as: UTF8.self))
    precondition(Redactor.redact(line: line) == line, "redacting a line twice changes something")
    plant(among: read, text)
}

private let secret = "Pl4nt3dS3cr3t"

/// A secret that is named as one does not survive, whatever stands before and behind it.
private func plant(among arguments: [String], _ text: [UInt8]) {
    let text = String(decoding: text, as: UTF8.self)
    guard !text.contains(secret) else { return }
    let forms = [
        "--token \(secret)", "password=\(secret)", "Bearer \(secret)", "db://u:\(secret)@h/x",
        "{\"api-key\": \"\(secret)\"}",
    ]
    // One of them, or two arguments: all would take most of the time.
    let choice = text.utf8.count % (forms.count + 1)
    guard choice < forms.count else {
        let middle = arguments.count / 2
        let all = arguments[..<middle] + ["--db-password", secret] + arguments[middle...]
        let left = Redactor.redact(arguments: Array(all)).joined()
        return precondition(!left.contains(secret), "an argument that is secret survives")
    }
    let scalars = text.unicodeScalars
    let half = scalars.index(scalars.startIndex, offsetBy: scalars.count / 2)
    let line = "\(String(scalars[..<half])) \(forms[choice]) \(String(scalars[half...]))"
    precondition(!Redactor.redact(line: line).contains(secret), "a secret in a line survives")
}

/// Nothing that a terminal obeys is left in it, it is its own safe text, and fits where it is cut to.
private func screen(_ text: [UInt8]) {
    let safe = SafeText(bytes: text)
    for scalar in safe.string.unicodeScalars {
        precondition(scalar.value >= 0x20 && !(0x7F...0x9F ~= scalar.value), "a control character is left")
        precondition(scalar.properties.generalCategory != .format || scalar.value == 0xAD, "a format character is left")
    }
    precondition(SafeText(safe.string) == safe, "safe text is not its own safe text")
    for limit in [0, 1, 2, 7, 80] {
        precondition(safe.truncated(to: limit).columns <= limit, "a cut text is too wide")
        let (first, rest) = (safe.prefix(columns: limit), safe.dropFirst(columns: limit))
        precondition(first.columns <= limit, "a prefix is too wide")
        precondition(rest.columns <= safe.columns, "a rest is wider than the whole")
    }
    precondition(safe.padded(to: 20).columns == 20, "a padded text has another width")
}

private let certificate = PeerCertificate(serial: "1", issued: WallTime(nanoseconds: 0))

/// A policy that is read decides everything, and nobody who is no person may do anything by it.
private func policy(_ text: [UInt8]) {
    guard let policy = try? Policy(json5: text, file: "policy.json5") else { return }
    let info = GroupInfo(key: "web", app: "web", kind: .gunicorn)
    let subject = PolicySubject(info: info, executable: "/usr/bin/web", uid: 33, workers: 4)
    let worker = WorkerID(boot: Identifier128(high: 1, low: 2), pid: 7, startTicks: 8)
    let viewer = Peer.person(name: "eve", role: .viewer, certificate: certificate)
    let admin = Peer.person(name: "ada", role: .admin, certificate: certificate)
    for action in Action.allCases {
        let command = Command(id: Identifier128(high: 3, low: 4), action: action, target: .worker(worker))
        let byAgent = policy.decide(
            command, on: subject, peer: .agent(host: Identifier128(high: 5, low: 6), certificate: certificate),
            role: .admin)
        precondition(byAgent != nil, "an agent may act on another")
        // Who may less is refused wherever who may more is.
        let (weak, strong) = (
            policy.decide(command, on: subject, peer: viewer, role: .admin),
            policy.decide(command, on: subject, peer: admin, role: .admin)
        )
        precondition(strong == nil || weak != nil, "a viewer may what an admin may not")
        _ = policy.answer(command, on: subject, peer: admin, role: .operator)
    }
    if policy.objection(toReadingBy: viewer, role: .viewer) == nil {
        precondition(
            policy.objection(toReadingBy: admin, role: .admin) == nil, "a viewer may look and an admin may not")
    }
}
