/// A host a line, as people write it: `web-[01-04]  site=eu-1 name=...  # comment`.
enum HostListText {
    /// - Parameter file: for what is said of a line that is wrong.
    static func parse(_ text: String, file: String) throws(HostSource.Problem) -> [HostEntry] {
        var entries: [HostEntry] = []
        for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            // A comment begins a line or follows a blank: `#` alone may be part of a label.
            let words = line.split { $0 == " " || $0 == "\t" || $0 == "\r" }.prefix { !$0.hasPrefix("#") }
            guard let address = words.first else { continue }
            do throws(HostSource.Problem) {
                entries.append(try entry(String(address), words.dropFirst()))
            } catch {
                throw HostSource.Problem(sentence: "\(file):\(number + 1): \(error.sentence)")
            }
        }
        return entries
    }

    private static func entry(
        _ address: String, _ words: ArraySlice<Substring>
    ) throws(HostSource.Problem) -> HostEntry {
        var entry = HostEntry(address)
        let source = try HostSource(parsing: address)
        switch source {
        case .addresses, .socket, .ssh: break
        case .enrolled, .local, .file, .discovery, .service, .command:
            throw HostSource.Problem(sentence: "\"\(address)\": here is room for addresses only")
        }
        for word in words {
            guard let mark = word.firstIndex(of: "="), HostEntry.isLabel(word[..<mark]) else {
                throw HostSource.Problem(sentence: "\"\(word)\" is no label: write KEY=VALUE")
            }
            let value = String(word[word.index(after: mark)...])
            if word[..<mark] == "name" {
                guard source.isOneHost, !value.isEmpty else {
                    throw HostSource.Problem(sentence: "\"\(word)\": a name is for one host")
                }
                entry.name = value
            } else {
                entry.labels[String(word[..<mark])] = value
            }
        }
        return entry
    }
}
