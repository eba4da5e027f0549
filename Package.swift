// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let nioHTTP1 = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let nioTLS = Target.Dependency.product(name: "NIOTLS", package: "swift-nio")
let nioSSL = Target.Dependency.product(name: "NIOSSL", package: "swift-nio-ssl")
let x509 = Target.Dependency.product(name: "X509", package: "swift-certificates")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let asn1 = Target.Dependency.product(name: "SwiftASN1", package: "swift-asn1")

/// A library target; which module may import which is decided in `docs/ARCHITECTURE.md` and tested by `TidyTests`.
func library(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
    .testTarget(name: name, dependencies: dependencies, exclude: exclude, swiftSettings: strict)
}

let package = Package(
    name: "looptop",
    products: [
        .executable(name: "looptop-agent", targets: ["Agent"]),
        .executable(name: "looptop", targets: ["Dashboard"]),
        .executable(name: "looptop-demo-worker", targets: ["DemoWorker"]),
        .executable(name: "looptop-sim", targets: ["Simulator"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", exact: "2.37.6"),
        .package(url: "https://github.com/apple/swift-certificates", exact: "1.21.1"),
        .package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2"),
        .package(url: "https://github.com/apple/swift-asn1", exact: "1.7.4"),
    ],
    targets: [
        .target(name: "CLinux"),
        .executableTarget(name: "DemoWorker", path: "Demo/Worker"),
        .systemLibrary(name: "CNcurses", providers: [.apt(["libncurses-dev"])]),
        // From Debian's zlib1g-dev.
        .target(name: "CZlib", linkerSettings: [.linkedLibrary("z")]),
        library("Model", []),
        library("ProcFS", ["Model"]),
        library("Lag", ["Model"]),
        library("Discovery", ["Model"]),
        library("Wire", ["Model"]),
        library("Trust", ["Model", x509, crypto, asn1]),
        library("Transport", ["Wire", "Trust", "Model", "CZlib", nioCore, nioPosix, nioTLS, nioSSL, nioHTTP1]),
        library("Exposition", ["Model"]),
        library("Serving", ["Model", "Wire"]),
        library("Control", ["Model", "CLinux"]),
        library("Manual", [argumentParser]),
        library("Console", ["Model", "CNcurses"]),
        .executableTarget(
            name: "Agent",
            dependencies: [
                "Model", "ProcFS", "Lag", "Discovery", "Wire", "Serving", "Exposition", "Trust", "Transport", "Control",
                "CLinux", "Manual", argumentParser, logging,
            ],
            swiftSettings: strict),
        .executableTarget(
            name: "Dashboard",
            dependencies: [
                "Model", "Lag", "Wire", "Trust", "Transport", "Exposition", "Console", "CLinux", "Manual",
                argumentParser,
            ],
            swiftSettings: strict),
        // Of tests and benches: nobody is given it.
        .executableTarget(
            name: "Simulator",
            dependencies: ["Model", "Wire", "Serving", "Trust", "Transport", "CLinux", argumentParser],
            swiftSettings: strict),
        // Of the tests, and of no program: what several of them need and no module of the project is about.
        .target(name: "TestSupport", path: "Tests/Support", swiftSettings: strict),
        tests("ModelTests", ["Model", "TestSupport"]),
        tests("ProcFSTests", ["ProcFS", "Model", "CLinux", "TestSupport"]),
        tests("LagTests", ["Lag", "Model", "TestSupport"]),
        tests("DiscoveryTests", ["Discovery", "ProcFS", "Model", "TestSupport"]),
        tests("WireTests", ["Wire", "Model", "TestSupport"]),
        tests("TrustTests", ["Trust", "Model", "TestSupport", x509, crypto, asn1]),
        tests("TransportTests", ["Transport", "Wire", "Trust", "Model", "TestSupport", nioCore, nioPosix, nioSSL]),
        tests("ServingTests", ["Serving", "Model", "Wire", "TestSupport"]),
        tests("ExpositionTests", ["Exposition", "Model", "TestSupport"]),
        tests("ControlTests", ["Control", "CLinux", "Model", "TestSupport"]),
        tests(
            "AgentTests",
            [
                "Agent", "Model", "Wire", "Serving", "Exposition", "Lag", "ProcFS", "Discovery", "Control", "Transport",
                "Trust", "CLinux", "TestSupport", logging,
            ]),
        tests("CommandDeskTests", ["Agent", "Control", "Model", "Trust", "TestSupport"]),
        tests(
            "ManagerTests", ["Agent", "Control", "Model", "ProcFS", "CLinux", "TestSupport"],
            exclude: ["pm2-daemon.js"]),
        tests("ManualTests", ["Manual"]),
        tests("ConsoleTests", ["Console", "Model"]),
        tests(
            "DashboardTests", ["Dashboard", "Model", "Exposition", "Lag", "Console", "Wire", "TestSupport"],
            exclude: ["Goldens"]),
        tests("DashboardShellTests", ["Dashboard", "Model", "Wire", "Trust", "Transport", "Console", "CLinux"]),
        tests("SimulatorTests", ["Simulator", "Model", "Wire"]),
        tests(
            "SimulationTests",
            ["Agent", "Dashboard", "Control", "Serving", "Transport", "Trust", "Model", "Wire", "TestSupport"]),
        tests("TidyTests", ["Agent", "Dashboard", argumentParser]),
    ],
    swiftLanguageModes: [.v6]
)
