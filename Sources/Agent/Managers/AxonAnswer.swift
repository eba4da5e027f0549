/// What PM2's daemon answered.
enum AxonAnswer: Hashable {
    case done
    case error(String)

    /// From the beginning of the first argument; `nil` where that is no answer.
    init?(parsing bytes: [UInt8]) {
        var scan = JSONScan(bytes)
        guard scan.take("j:"), scan.take("{"), let key = scan.string(), scan.take(":") else { return nil }
        switch key {
        case "args":
            // `{"args":[{"error":true,"message":…}]}` is how some methods say that they failed.
            self = .done
            guard scan.take("["), scan.take("{"), scan.string() == "error", scan.take(":"), scan.take("true") else {
                return
            }
            self = .error(scan.take(",") && scan.string() == "message" && scan.take(":") ? scan.string() ?? "" : "")
        case "error":
            self = .error(scan.string() ?? "")
        default: return nil
        }
    }
}
