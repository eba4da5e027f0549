// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

let nioTLS = Target.Dependency.product(name: "NIOTLS", package: "swift-nio")

/// A library target; which module may import which is decided in `docs/ARCHITECTURE.md` and tested by `TidyTests`.
func library(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
    .testTarget(name: name, dependencies: dependencies, exclude: exclude, swiftSettings: strict)
}

let package = Package(
    name: "looptop",
    targets: [
        library("Model", []),
        library("ProcFS", ["Model"]),
        library("Lag", ["Model"]),
        library("Discovery", ["Model"]),
        library("Wire", ["Model"]),
        tests("ModelTests", ["Model"]),
        tests("ProcFSTests", ["ProcFS", "Model"]),
        tests("LagTests", ["Lag", "Model"]),
        tests("DiscoveryTests", ["Discovery", "ProcFS", "Model"]),
        tests("WireTests", ["Wire", "Model"]),
    ],
    swiftLanguageModes: [.v6]
)

