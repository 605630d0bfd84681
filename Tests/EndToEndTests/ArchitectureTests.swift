import Foundation
import Testing

/// The house as Documentation/Architecture.md draws it.
@Suite struct ArchitectureTests {
  private static let root = Recordings.fixtures.deletingLastPathComponent()

  /// The pipeline, in the order data flows.
  private static let stages = [
    "NameMatching", "TraceWords", "TraceIngest", "TraceControl", "TraceDecode", "PagemapEvents",
    "PagemapModel", "PagemapRules", "PagemapAnalysis", "PagemapPolicy", "PagemapProbes",
    "PagemapDiff", "PagemapReport", "PagemapDatabase", "pmtrace",
  ]

  private static func files(of target: String) -> [URL] {
    let folder = root.appending(path: "Sources/\(target)")
    let found = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)
    var files: [URL] = []
    while let file = found?.nextObject() as? URL {
      if file.pathExtension == "swift" { files.append(file) }
    }
    return files
  }

  private static func imports(of file: URL) throws -> [String] {
    var modules: [String] = []
    for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n") {
      let words = line.split(separator: " ")
      guard words.dropLast().last == "import", words.count <= 3, let module = words.last else {
        continue
      }
      modules.append(String(module))
    }
    return modules
  }

  @Test(arguments: stages)
  func importsPointBackwards(stage: String) throws {
    let place = try #require(Self.stages.firstIndex(of: stage))
    let files = Self.files(of: stage)
    #expect(!files.isEmpty)
    for file in files {
      for module in try Self.imports(of: file) {
        guard let other = Self.stages.firstIndex(of: module) else { continue }
        #expect(other < place, "\(file.lastPathComponent) imports \(module)")
      }
    }
  }

  /// The package lists its targets in the order of the stages, and depends on no later one.
  @Test func thePackageIsInOrder() throws {
    let text = try String(contentsOf: Self.root.appending(path: "Package.swift"), encoding: .utf8)
    let targets = text.split(separator: "arget(").dropFirst()
    var known: [String] = []
    for target in targets {
      let names = target.split(separator: "\"").enumerated().filter { $0.offset % 2 == 1 }
        .map { String($0.element) }
      guard let name = names.first, Self.stages.contains(name) else { continue }
      known.append(name)
      for other in names.dropFirst() where Self.stages.contains(other) {
        #expect(known.dropLast().contains(other), "\(name) depends on \(other)")
      }
    }
    #expect(known == Self.stages)
  }

  @Test(arguments: [
    ("CTraceEvent", ["TraceEventHandle.swift"]),
    ("CTraceFS", ["LibTraceFS.swift", "SystemCalls.swift"]),
    ("CZstd", ["Compression.swift", "ChunkDecompressor.swift"]),
    ("CZlib", ["Compression.swift"]),
  ])
  func eachCLibraryHasItsDoor(library: String, doors: [String]) throws {
    for file in Self.stages.flatMap(Self.files) where try Self.imports(of: file).contains(library) {
      #expect(
        doors.contains(file.lastPathComponent), "\(file.lastPathComponent) imports \(library)")
    }
  }

  /// Only `TraceWords` prints hexadecimal and seconds; rules print no number at all.
  @Test func numbersArePrintedInOnePlace() throws {
    for stage in Self.stages where stage != "TraceWords" {
      for file in Self.files(of: stage) {
        let text = try String(contentsOf: file, encoding: .utf8)
        let isPrinting = text.contains(/String\([^()]*, radix:/) || text.contains("String(format:")
        #expect(!isPrinting, "\(file.lastPathComponent) prints numbers of its own")
        let isRule = file.deletingLastPathComponent().lastPathComponent == "Rules"
        #expect(!isRule || !text.contains(/\bFormat\.|TimeFormat/), "\(file.lastPathComponent)")
      }
    }
  }

  @Test func theDocumentNamesFilesThatExist() throws {
    let text = try String(
      contentsOf: Self.root.appending(path: "Documentation/Architecture.md"), encoding: .utf8)
    let paths = text.split(separator: "`").filter { $0.contains("/") && !$0.contains(" ") }
      .filter { !$0.contains("…") && !$0.contains("*") && !$0.contains("\n") }
    #expect(paths.count > 8)
    for path in paths {
      let isThere = ["", "Sources/"].contains {
        FileManager.default.fileExists(atPath: Self.root.appending(path: $0 + path).path)
      }
      #expect(isThere, "\(path)")
    }
  }
}
