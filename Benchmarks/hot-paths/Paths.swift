extension HotPaths {
    /// By name; each is given the processes that it may look at.
    static var paths: [String: ([Int32]) throws -> HotPath] {
        [
            "sweep": { try sweep(of: $0, haveRun: true) },
            "sweep-idle": { try sweep(of: $0, haveRun: false) },
            "sweep-told": { try sweepTold(of: $0) },
            "encode": { _ in encode() },
            "encode-keyframe": { _ in encodeKeyframe() },
            "decode": { _ in try decode() },
            "decode-keyframe": { _ in try decodeKeyframe() },
            "apply": { _ in apply() },
        ]
    }
}
