import Console
import Model
import Trust

extension EnrolmentRequest {
    /// Adds the host to the host book, under a name that no other host there has.
    ///
    /// - Returns: the name.
    func remember(at address: String, in store: IdentityStore) throws -> String {
        let wanted = Self.usable(hostName)
        var name = wanted
        do throws(TrustError) {
            try store.updateHosts { book in
                let others = Set(book.entries.filter { $0.host != host }.map(\.name))
                var number = 2
                while others.contains(name) {
                    name = "\(wanted)-\(number)"
                    number += 1
                }
                book.add(HostBook.Entry(address: address, host: host, name: name, enrolled: Clocks.wall()))
            }
        } catch {
            Output.note("\(name) has its certificate, but the host book could not be written")
            throw Output.failure(error)
        }
        if name != hostName {
            Output.note("it calls itself \(hostName), which is taken or no host name; here it is \(name)")
        }
        return name
    }

    /// What selectors can name: letters, digits, dots, dashes and underscores.
    private static func usable(_ name: String) -> String {
        let kept = name.unicodeScalars.prefix(64).map { scalar -> Character in
            let isPlain = scalar.isASCII && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil)
            return isPlain || "._-".unicodeScalars.contains(scalar) ? Character(scalar) : "-"
        }
        return kept.isEmpty ? "host" : String(kept)
    }
}
