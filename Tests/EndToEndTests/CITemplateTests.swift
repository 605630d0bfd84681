import Foundation
import Testing
import Yams

/// The templates for CI systems: well formed, and their commands do what they say.
@Suite struct CITemplateTests {
  private static let folder = Recordings.fixtures.deletingLastPathComponent()
    .appending(path: "contrib")
  private static let python = Recordings.fixtures.deletingLastPathComponent()
    .appending(path: ".build/python/bin")

  private static func text(_ name: String) throws -> String {
    try String(contentsOf: folder.appending(path: name), encoding: .utf8)
  }

  /// A folder with recordings, and with `pmtrace` and the programs that templates name in `bin`.
  private static func workspace(_ traces: [String], recorded: String = "clean") throws -> Scratch {
    let scratch = try Scratch()
    let manager = FileManager.default
    for name in ["bin", "traces"] {
      try manager.createDirectory(
        at: scratch.folder.appending(path: name), withIntermediateDirectories: true)
    }
    for trace in traces {
      try manager.copyItem(
        atPath: Recordings.path(trace),
        toPath: scratch.folder.appending(path: "traces/\(trace).dat").path)
    }
    // What records stands for the kernel: it copies a recording and runs the command.
    let stand = """
      #!/bin/sh
      [ "$1" = record ] || exec '\(Command.binary.path)' "$@"
      while [ "$1" != -- ]; do [ "$1" != -o ] || out=$2; shift; done
      cp '\(Recordings.path(recorded))' "$out"; shift; exec "$@"
      """
    try scratch.program("bin/pmtrace", stand)
    try scratch.program("bin/sudo", "#!/bin/sh\nexec \"$@\"\n")
    return scratch
  }

  private static func run(_ script: String, in scratch: Scratch) throws -> Command.Result {
    try Command.shell("PATH=\"$PWD/bin:$PATH\"; set -e\n\(script)", in: scratch.folder)
  }

  // MARK: GitLab

  @Test(arguments: [(["clean"], 0), (["clean", "d_leak_pagemap"], 1)])
  func gitLab(_ traces: [String], _ code: Int) throws {
    let document = try #require(
      try Yams.load(yaml: Self.text("ci/gitlab-ci.yml")) as? [String: Any])
    let job = try #require(document["pmtrace"] as? [String: Any])
    let script = try #require(job["script"] as? [String])
    let scratch = try Self.workspace(traces)
    #expect(try Self.run(script.joined(separator: "\n"), in: scratch).status == Int32(code))
    let artifacts = try #require(job["artifacts"] as? [String: Any])
    let reports = try #require(artifacts["reports"] as? [String: String])
    let paths = try #require(artifacts["paths"] as? [String])
    for path in paths + reports.values {
      #expect(try scratch.names.contains(path), "\(path)")
    }
  }

  // MARK: GitHub

  @Test(arguments: [("clean", 0), ("d_leak_pagemap", 1)])
  func gitHub(_ recorded: String, _ code: Int) throws {
    let document = try #require(
      try Yams.load(yaml: Self.text("ci/github-workflow.yml")) as? [String: Any])
    let jobs = try #require(document["jobs"] as? [String: Any])
    let job = try #require(jobs["pmtrace"] as? [String: Any])
    let steps = try #require(job["steps"] as? [[String: Any]])
    let scratch = try Self.workspace([], recorded: recorded)
    _ = try scratch.file("run-svm-tests", Array("#!/bin/sh\nexit 0\n".utf8))
    let scripts = steps.compactMap { $0["run"] as? String }
    #expect(scripts.count == 3)
    let lines = """
      chmod +x run-svm-tests
      export GITHUB_STEP_SUMMARY=summary.md GITHUB_OUTPUT=output
      \(scripts[0])
      \(scripts[1])
      """
    #expect(try Self.run(lines, in: scratch).status == 0)
    let output = try String(
      contentsOf: scratch.folder.appending(path: "output"), encoding: .utf8)
    #expect(output == "code=\(code)\n")
    let summary = try Data(contentsOf: scratch.folder.appending(path: "summary.md"))
    #expect(!summary.isEmpty)
    for step in steps {
      guard let with = step["with"] as? [String: Any] else { continue }
      let paths = [with["sarif_file"], with["path"]].compactMap { $0 as? String }
      for path in paths.flatMap({ $0.split(separator: "\n") }) {
        #expect(try scratch.names.contains(String(path)), "\(path)")
      }
    }
  }

  // MARK: Jenkins

  @Test func jenkins() throws {
    let text = try Self.text("ci/Jenkinsfile")
    for (open, close) in [("{", "}"), ("(", ")"), ("[", "]")] {
      #expect(text.count { String($0) == open } == text.count { String($0) == close })
    }
    let parts = text.components(separatedBy: "'''")
    #expect(parts.count == 3)
    let scratch = try Self.workspace(["d_leak_pagemap"])
    // Groovy takes a line's continuation away.
    #expect(try Self.run(parts[1], in: scratch).status == 1)
    for path in ["pmtrace-junit.xml", "pmtrace.sarif", "pmtrace.html"] {
      #expect(text.contains("'\(path)"))
      #expect(try scratch.names.contains(path))
    }
  }

  // MARK: Schemas

  /// Those of the systems, as the package check-jsonschema carries them.
  @Test(arguments: [
    ("vendor.gitlab-ci", "ci/gitlab-ci.yml"), ("vendor.github-workflows", "ci/github-workflow.yml"),
  ])
  func theSystemsSchemasAgree(_ schema: String, _ file: String) throws {
    let tool = Self.python.appending(path: "check-jsonschema").path
    guard FileManager.default.isExecutableFile(atPath: tool) else {
      print("skipped: there is no check-jsonschema in .build/python ('make python' puts it there)")
      return
    }
    let path = Self.folder.appending(path: file).path
    let result = try Command.shell(
      "exec '\(tool)' --builtin-schema \(schema) '\(path)'", in: Self.folder)
    #expect(result.status == 0, "\(result.output)\(result.errors)")
  }
}
