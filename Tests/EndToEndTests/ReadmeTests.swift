import Foundation
import Testing

/// What the README shows is what the command prints today.
@Suite struct ReadmeTests {
  private static let root = Recordings.fixtures.deletingLastPathComponent()
  private static let text =
    (try? String(contentsOf: root.appending(path: "README.md"), encoding: .utf8)) ?? ""

  /// The examples: a command behind `$`, and lines of what it prints.
  private static var examples: [(command: String, lines: [String])] {
    text.split(separator: "```").compactMap { block in
      let lines = block.split(separator: "\n").map(String.init)
      guard let first = lines.first, first.hasPrefix("$ pmtrace ") else { return nil }
      return (String(first.dropFirst(10)), Array(lines.dropFirst()))
    }
  }

  /// `…` stands for what is left out.
  @Test func theExamplesAreCurrent() throws {
    #expect(Self.examples.count == 2)
    for example in Self.examples {
      let result = try Command.shell("$PMTRACE \(example.command)", in: Self.root)
      let printed = result.output.split(separator: "\n").map { "\($0)\n" }
      for line in example.lines {
        let start = line.split(separator: "…", omittingEmptySubsequences: false).first ?? ""
        let wanted = start.count == line.count ? line + "\n" : String(start)
        #expect(printed.contains { $0.hasPrefix(wanted) }, "\(line)")
      }
    }
  }

  @Test func whatItLinksToIsThere() {
    let links = Self.text.matches(of: /\]\(([^)#]+)[^)]*\)/).map { String($0.output.1) }
    #expect(links.count > 20)
    for link in links where !link.hasPrefix("http") {
      let path = Self.root.appending(path: link).path
      #expect(FileManager.default.fileExists(atPath: path), "\(link)")
    }
  }
}
