/// Turns a report into the bytes of one format. Rendering is pure: the same report and options give
/// the same bytes, and nothing is read or written on the way.
package protocol Reporter {
  /// The format's name on the command line.
  static var name: String { get }

  /// Whether it shows timelines, which the analysis then has to gather.
  static var needsTimeline: Bool { get }

  /// The report in this format.
  static func render(_ report: Report, options: RenderOptions) -> [UInt8]
}

extension Reporter {
  package static var needsTimeline: Bool { false }
}

/// How a report is to look. Formats for machines heed none of it.
package struct RenderOptions: Hashable, Sendable {
  /// Whether terminal colours are wanted.
  package var color: Bool
  /// Whether only verdicts and one line per finding are wanted.
  package var quiet: Bool
  /// The columns that text is wrapped at.
  package var width: Int

  package init(color: Bool = false, quiet: Bool = false, width: Int = 100) {
    self.color = color
    self.quiet = quiet
    self.width = width
  }
}

/// The formats there are. A new one is a file of its own and a line in here.
package enum ReporterRegistry {
  /// All reporters, the default first.
  package static var all: [any Reporter.Type] {
    [
      TextReporter.self, JSONReporter.self, MarkdownReporter.self, JUnitReporter.self,
      SARIFReporter.self, KTAPReporter.self, GitLabReporter.self, IGTReporter.self,
      NDJSONReporter.self, HTMLReporter.self, PerfettoReporter.self,
    ]
  }

  /// The reporter of this name; nil where there is none.
  package static func reporter(named name: String) -> (any Reporter.Type)? {
    all.first { $0.name == name }
  }
}
