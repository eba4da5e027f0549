import Trust

/// What SIGHUP does: policy and configuration are read again. A file that cannot be used changes nothing.
struct Reloading {
    /// What came of one file, in one line.
    struct Note: Equatable {
        var isBad: Bool
        var text: String
    }

    let policy: PolicyBox
    let configuration: ConfigurationBox
    let settings: ServiceSettings

    func perform() -> [Note] { [readPolicy(), readConfiguration()] }

    private func readPolicy() -> Note {
        let file = settings.policyFile ?? Surroundings.policyFile(stateDirectory: settings.stateDirectory)
        do throws(TrustError) {
            try policy.reload(file: file)
            let places = "\(settings.stateDirectory)/policy.json5 nor /etc/looptop-agent/policy.json5"
            let text =
                file.map { "policy read from \($0)" }
                ?? "there is no policy (neither \(places)): over the network nobody can do more than look"
            return Note(isBad: false, text: text)
        } catch {
            return Note(isBad: true, text: "the policy in force stays: \(error.sentence)")
        }
    }

    private func readConfiguration() -> Note {
        do throws(Fatal) {
            let changes = try configuration.reload()
            let what = changes.isEmpty ? "nothing is different" : changes.joined(separator: "; ")
            return Note(isBad: false, text: "\(configuration.file): \(what)")
        } catch {
            return Note(isBad: true, text: "the configuration in force stays: \(error.sentence)")
        }
    }
}
