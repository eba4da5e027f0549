/// A file of the state directory that is written and read whole: 0600, checked at every read, replaced in one step.
public struct StateFile: Sendable {
    public let directory: String
    public let name: String

    public init(_ name: String, in directory: String) {
        self.name = name
        self.directory = directory
    }

    /// `nil` where there is none.
    public func read() throws(TrustError) -> [UInt8]? {
        guard let directory = try PrivateDirectory(opening: directory) else { return nil }
        return try directory.read(name)
    }

    public func write(_ bytes: [UInt8]) throws(TrustError) {
        let directory = try PrivateDirectory(creating: directory)
        try directory.write(bytes, to: name)
    }
}
