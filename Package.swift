// swift-tools-version: 6.2
// Formatting: one section per stage of the pipeline, in the order data flows, each target followed
// by its tests. Imports point backwards only: a stage may import the stages above it.

import PackageDescription

let settings: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableExperimentalFeature("Lifetimes"),
]

// The script and the style of the HTML report, which are in the binary.
let pageAssets = [
  "page.css", "timeline.css", "data.js", "rows.js", "filter.js", "draw.js", "lanes.js",
  "details.js", "table.js", "timeline.js", "gestures.js", "report.js",
]

let package = Package(
  name: "pmtrace",
  products: [
    .executable(name: "pmtrace", targets: ["pmtrace"])
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    .package(url: "https://github.com/swhitty/FlyingFox", from: "0.27.1"),
    .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2"),
  ],
  targets: [
    // MARK: C libraries

    .systemLibrary(
      name: "CTraceEvent", pkgConfig: "libtraceevent", providers: [.apt(["libtraceevent-dev"])]),
    .systemLibrary(
      name: "CTraceFS", pkgConfig: "libtracefs", providers: [.apt(["libtracefs-dev"])]),
    .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),

    // MARK: Names that people type: patterns, and what was probably meant

    .target(name: "NameMatching", swiftSettings: settings),
    .testTarget(
      name: "NameMatchingTests", dependencies: ["NameMatching"], swiftSettings: settings),

    // MARK: Words and numbers that people read

    .target(name: "TraceWords", swiftSettings: settings),
    .testTarget(name: "TraceWordsTests", dependencies: ["TraceWords"], swiftSettings: settings),

    // MARK: Bytes to records

    .target(
      name: "TraceIngest", dependencies: ["CZlib", "CZstd", "TraceWords"], swiftSettings: settings),
    .testTarget(
      name: "TraceIngestTests", dependencies: ["TraceIngest", "TestSupport"],
      swiftSettings: settings),

    // MARK: The running kernel: tracefs, dynamic events, ring buffers

    .target(
      name: "TraceControl",
      dependencies: [
        "CTraceFS", "NameMatching", "TraceIngest",
        .product(name: "Subprocess", package: "swift-subprocess"),
      ],
      swiftSettings: settings),
    .testTarget(
      name: "TraceControlTests", dependencies: ["TraceControl", "TraceIngest", "TestSupport"],
      swiftSettings: settings),

    // MARK: Records to fields

    .target(
      name: "TraceDecode", dependencies: ["CTraceEvent", "TraceIngest", "TraceWords"],
      swiftSettings: settings),
    .testTarget(
      name: "TraceDecodeTests", dependencies: ["TraceDecode", "TraceIngest", "TestSupport"],
      swiftSettings: settings),

    // MARK: Fields to the kernel's vocabulary

    .target(
      name: "PagemapEvents", dependencies: ["TraceDecode", "TraceIngest", "TraceWords"],
      swiftSettings: settings),
    .testTarget(
      name: "PagemapEventsTests",
      dependencies: ["PagemapEvents", "TraceDecode", "TraceIngest", "TestSupport"],
      swiftSettings: settings),

    // MARK: The mirror of the kernel's state

    .target(
      name: "PagemapModel",
      dependencies: [
        "PagemapEvents", "TraceWords",
        .product(name: "Histogram", package: "hdrhistogram-swift"),
      ],
      swiftSettings: settings),
    .testTarget(
      name: "PagemapModelTests", dependencies: ["PagemapModel", "PagemapEvents", "TestSupport"],
      swiftSettings: settings),

    // MARK: Findings

    .target(
      name: "PagemapRules",
      dependencies: [
        "NameMatching", "PagemapEvents", "PagemapModel", "TraceIngest", "TraceWords",
      ],
      swiftSettings: settings),

    // MARK: From a reader to the verdict, or to a moment; the rules' tests run it

    .target(
      name: "PagemapAnalysis",
      dependencies: [
        "NameMatching", "PagemapEvents", "PagemapModel", "PagemapRules", "TraceDecode",
        "TraceIngest", "TraceWords",
      ],
      swiftSettings: settings),
    .testTarget(
      name: "PagemapRulesTests",
      dependencies: [
        "PagemapAnalysis", "PagemapRules", "PagemapModel", "PagemapEvents", "TraceIngest",
        "TraceWords",
        "TestSupport",
      ],
      swiftSettings: settings),
    .testTarget(
      name: "PagemapAnalysisTests",
      dependencies: [
        "PagemapAnalysis", "PagemapRules", "PagemapModel", "PagemapEvents", "TraceIngest",
        "TraceWords",
        "TestSupport",
      ],
      swiftSettings: settings),

    // MARK: What the user has said: configuration, baselines

    .target(
      name: "PagemapPolicy",
      dependencies: ["NameMatching", "PagemapAnalysis", "PagemapModel", "PagemapRules", "Yams"],
      swiftSettings: settings),
    .testTarget(
      name: "PagemapPolicyTests",
      dependencies: [
        "PagemapPolicy", "PagemapAnalysis", "PagemapModel", "PagemapReport", "PagemapRules",
        "TestSupport", "TraceIngest",
      ],
      swiftSettings: settings),

    // MARK: Probes: the catalogue, sets, scripts, and what a kernel makes of them

    .target(
      name: "PagemapProbes", dependencies: ["PagemapEvents", "PagemapRules"],
      swiftSettings: settings),
    .testTarget(
      name: "PagemapProbesTests",
      dependencies: ["PagemapProbes", "PagemapEvents", "PagemapReport", "TestSupport"],
      swiftSettings: settings),

    // MARK: Two runs compared

    .target(
      name: "PagemapDiff",
      dependencies: ["PagemapAnalysis", "PagemapModel", "PagemapRules", "TraceIngest"],
      swiftSettings: settings),
    .testTarget(
      name: "PagemapDiffTests", dependencies: ["PagemapDiff", "PagemapModel"],
      swiftSettings: settings),

    // MARK: Bytes out

    .target(
      name: "PagemapReport",
      dependencies: [
        "PagemapAnalysis", "PagemapDiff", "PagemapEvents", "PagemapModel", "PagemapPolicy",
        "PagemapProbes", "PagemapRules", "TraceIngest", "TraceWords",
      ],
      resources: pageAssets.map { .embedInCode("HTML/Assets/\($0)") }, swiftSettings: settings),
    .testTarget(
      name: "PagemapReportTests",
      dependencies: [
        "PagemapReport", "PagemapAnalysis", "PagemapDiff", "PagemapProbes", "PagemapRules",
        "PagemapModel", "PagemapEvents", "TraceIngest", "TraceWords", "TestSupport",
      ],
      exclude: ["Formats/sarif-subset.schema.json", "Goldens"], swiftSettings: settings),

    // MARK: Traces as a database

    .target(
      name: "PagemapDatabase",
      dependencies: [
        "PagemapAnalysis", "PagemapEvents", "PagemapModel", "PagemapReport", "PagemapRules",
        "TraceIngest", "TraceWords", .product(name: "GRDB", package: "GRDB.swift"),
      ],
      swiftSettings: settings),
    .testTarget(
      name: "PagemapDatabaseTests",
      dependencies: [
        "PagemapDatabase", "PagemapAnalysis", "PagemapEvents", "PagemapModel", "PagemapRules",
        "TestSupport", "TraceIngest", .product(name: "GRDB", package: "GRDB.swift"),
      ],
      swiftSettings: settings),

    // MARK: Metrics over HTTP, for a stream

    .target(
      name: "MetricsServer", dependencies: [.product(name: "FlyingSocks", package: "FlyingFox")],
      swiftSettings: settings),
    .testTarget(
      name: "MetricsServerTests", dependencies: ["MetricsServer"], swiftSettings: settings),

    // MARK: The command

    .executableTarget(
      name: "pmtrace",
      dependencies: [
        "MetricsServer", "NameMatching", "PagemapAnalysis", "PagemapDatabase", "PagemapDiff",
        "PagemapEvents", "PagemapModel", "PagemapPolicy", "PagemapProbes", "PagemapReport",
        "PagemapRules",
        "TraceControl",
        "TraceDecode",
        "TraceIngest", "TraceWords",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: settings),
    .testTarget(
      name: "EndToEndTests",
      dependencies: [
        "pmtrace", "PagemapAnalysis", "PagemapReport", "PagemapRules", "TraceIngest", "TestSupport",
        "Yams",
      ],
      swiftSettings: settings),

    // MARK: What the benchmark measures besides the command; not a product

    .executableTarget(
      name: "pmtrace-bench",
      dependencies: [
        "PagemapEvents", "PagemapModel", "TraceDecode", "TraceIngest", "TestSupport",
      ],
      swiftSettings: settings),

    // MARK: Random sequences of a reference kernel, run through the pipeline; not products

    .target(
      name: "ReferenceKernel", dependencies: ["TestSupport"], path: "Tests/ReferenceKernel",
      swiftSettings: settings),
    .target(
      name: "SoakSupport",
      dependencies: [
        "ReferenceKernel", "PagemapAnalysis", "PagemapModel", "PagemapRules", "TestSupport",
        "TraceIngest",
      ],
      path: "Tests/SoakSupport", swiftSettings: settings),
    .executableTarget(
      name: "pmtrace-soak", dependencies: ["ReferenceKernel", "SoakSupport"],
      swiftSettings: settings),
    .testTarget(
      name: "SoakTests", dependencies: ["ReferenceKernel", "SoakSupport"],
      swiftSettings: settings),

    // MARK: The documents that are made from the code; not products

    .target(
      name: "DocumentSupport",
      dependencies: [
        "PagemapAnalysis", "PagemapEvents", "PagemapModel", "PagemapProbes", "PagemapReport",
        "PagemapRules", "TraceIngest",
      ],
      path: "Tests/DocumentSupport", swiftSettings: settings),
    .executableTarget(
      name: "pmtrace-docs", dependencies: ["DocumentSupport"], swiftSettings: settings),
    .testTarget(
      name: "DocumentTests",
      dependencies: [
        "DocumentSupport", "PagemapAnalysis", "PagemapEvents", "PagemapModel", "PagemapProbes",
        "PagemapReport", "PagemapRules", "TestSupport", "TraceIngest",
      ],
      swiftSettings: settings),

    // MARK: Shared by the tests

    .target(
      name: "TestSupport", dependencies: ["CZlib", "CZstd", "TraceIngest", "TraceWords"],
      path: "Tests/TestSupport", swiftSettings: settings),
  ]
)
