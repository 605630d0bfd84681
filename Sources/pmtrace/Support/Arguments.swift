import ArgumentParser
import PagemapReport
import PagemapRules

extension Severity: ExpressibleByArgument {}

/// A report format by its name, one that there is.
struct FormatName: ExpressibleByArgument {
  /// The format's reporter.
  let reporter: any Reporter.Type

  init?(argument: String) {
    guard let reporter = ReporterRegistry.reporter(named: argument) else { return nil }
    self.reporter = reporter
  }

  private init(_ reporter: any Reporter.Type) { self.reporter = reporter }

  /// What is printed where nothing is asked for.
  static var standard: FormatName { FormatName(TextReporter.self) }

  static var allValueStrings: [String] { ReporterRegistry.all.map { $0.name } }
  var defaultValueDescription: String { reporter.name }
}

/// `FORMAT=PATH`: a report that goes to a file.
struct ReportTarget: ExpressibleByArgument {
  let format: FormatName
  /// The file, which is written anew.
  let path: String

  init?(argument: String) {
    let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, !parts[1].isEmpty, parts[1] != "-",
      let format = FormatName(argument: String(parts[0]))
    else { return nil }
    self.format = format
    path = String(parts[1])
  }

  static var allValueStrings: [String] { FormatName.allValueStrings.map { "\($0)=PATH" } }
}

/// `NAME=VALUE`: a number that judgements rest on.
struct ThresholdSetting: ExpressibleByArgument {
  let name: Thresholds.Name
  /// A count, or nanoseconds.
  let value: UInt64

  init?(argument: String) {
    let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, let name = Thresholds.Name(rawValue: String(parts[0])),
      let value = Thresholds.value(of: String(parts[1]), for: name)
    else { return nil }
    self.name = name
    self.value = value
  }

  static var allValueStrings: [String] {
    Thresholds.Name.allCases.map { $0.isTime ? "\($0.rawValue)=TIME" : "\($0.rawValue)=COUNT" }
  }
}

/// When text is coloured.
enum ColorChoice: String, CaseIterable, ExpressibleByArgument {
  case auto, always, never

  /// Whether text for this file descriptor is to be coloured.
  func isOn(for descriptor: Int32) -> Bool {
    switch self {
    case .auto: Terminal.showsColor(descriptor)
    case .always: true
    case .never: false
    }
  }
}
