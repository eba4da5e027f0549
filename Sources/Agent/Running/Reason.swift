import Glibc

/// The kernel's words for an error number. errno(3).
func reason(_ number: CInt) -> String {
    guard let text = strerror(number) else { return "error \(number)" }
    return String(cString: text)
}
