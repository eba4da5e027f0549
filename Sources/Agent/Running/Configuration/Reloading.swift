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
            let source = file ?? "nowhere: over the network everything but reading is refused"
            return Note(isBad: false, text: "policy read from \(source)")
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
