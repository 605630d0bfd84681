/// Writes the text exposition format 0.0.4 of Prometheus.
struct MetricsPage {
  /// What Prometheus calls a metric's type.
  enum Kind: String { case counter, gauge, histogram }

  private(set) var bytes: [UInt8] = []
  private var name = ""

  /// Begins a metric: its samples follow.
  mutating func family(_ name: String, _ kind: Kind, _ help: String) {
    self.name = name
    append("# HELP \(name) \(Self.escaped(help, quotes: false))\n")
    append("# TYPE \(name) \(kind.rawValue)\n")
  }

  /// A sample of the metric.
  mutating func sample(_ labels: [(String, String)], _ value: UInt64) {
    sample("", labels, "\(value)")
  }

  /// A sample that may be below 0.
  mutating func sample(_ labels: [(String, String)], signed value: Int64) {
    sample("", labels, "\(value)")
  }

  /// A sample that is no whole number.
  mutating func sample(_ labels: [(String, String)], decimal value: Double) {
    sample("", labels, value.isFinite ? "\(value)" : "NaN")
  }

  /// A sample whose name has a suffix, its value as it is written.
  mutating func sample(_ suffix: String, _ labels: [(String, String)], _ value: String) {
    append(name + suffix)
    if !labels.isEmpty {
      let pairs = labels.map { "\($0.0)=\"\(Self.escaped($0.1, quotes: true))\"" }
      append("{" + pairs.joined(separator: ",") + "}")
    }
    append(" \(value)\n")
  }

  /// A label's value, or a help text: a backslash, a line end and (in labels) a quote are escaped.
  /// What would steer a terminal is written out first, as everywhere.
  private static func escaped(_ text: String, quotes: Bool) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\"" where quotes: result += "\\\""
      case _ where UntrustedText.mustBeEscaped(scalar):
        result += escaped(UntrustedText.escaped(String(scalar)), quotes: quotes)
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  private mutating func append(_ text: String) { bytes.append(contentsOf: text.utf8) }
}
