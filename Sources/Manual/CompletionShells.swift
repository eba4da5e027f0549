public import ArgumentParser

extension CompletionShell {
    /// As they are typed.
    public static let names = allCases.map(\.rawValue)

    /// - Throws: `ValidationError` that says which there are.
    public init(named name: String) throws {
        guard let shell = CompletionShell(rawValue: name) else {
            throw ValidationError("there are completions for \(Self.names.joined(separator: ", ")), not for \(name)")
        }
        self = shell
    }
}
