/// A call of the system that failed and should not have.
public struct SystemError: Error {
    public var call: String
    public var errno: Int32

    public init(call: String, errno: Int32) {
        self.call = call
        self.errno = errno
    }
}
