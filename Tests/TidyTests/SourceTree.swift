import Glibc

/// The project's own files, as text.
enum SourceTree {
    struct File: Sendable, CustomStringConvertible {
        /// From the root of the project.
        let path: String
        let text: String
        var lines: [Substring] { text.split(separator: "\n", omittingEmptySubsequences: false) }
        var name: Substring { path.split(separator: "/").last ?? "" }
        /// `Agent` for `Sources/Agent/Serving/Hub.swift`.
        var module: Substring {
            let parts = path.split(separator: "/")
            return parts.count > 2 ? parts[1] : ""
        }
        var description: String { path }
    }

    static let root = String(#filePath.dropLast("/Tests/TidyTests/SourceTree.swift".count))

    static func files(below folder: String, ending suffix: String) throws -> [File] {
        try paths(below: folder).filter { $0.hasSuffix(suffix) }.sorted().map { File(path: $0, text: try read($0)) }
    }

    static func read(_ path: String) throws -> String { String(decoding: try bytes(of: path), as: UTF8.self) }

    static func bytes(of path: String) throws -> [UInt8] {
        let descriptor = open("\(root)/\(path)", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Unreadable(path: path, errno: errno) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw Unreadable(path: path, errno: errno) }
        var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
        var count = 0
        while count < bytes.count {
            let got = bytes[count...].withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
            guard got > 0 else { throw Unreadable(path: path, errno: errno) }
            count += got
        }
        return bytes
    }

    static func exists(_ path: String) -> Bool { access("\(root)/\(path)", F_OK) == 0 }

    struct Unreadable: Error {
        let path: String
        let errno: CInt
    }

    static func paths(below folder: String) throws -> [String] {
        guard let directory = opendir("\(root)/\(folder)") else { throw Unreadable(path: folder, errno: errno) }
        defer { closedir(directory) }
        var found: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name.hasPrefix(".") { continue }
            let path = "\(folder)/\(name)"
            let isFolder = CInt(entry.pointee.d_type) == CInt(DT_DIR)
            found += isFolder ? try paths(below: path) : [path]
        }
        return found
    }
}
