import PagemapAnalysis
import PagemapRules

/// The rules as SARIF's reporting descriptors, by id.
struct SARIFRules {
  /// The descriptors in the order of `ruleIndex`.
  let descriptors: [JSONValue]
  private let indices: [RuleID: Int]

  init(_ report: Report) {
    var known = Dictionary(report.rules.map { ($0.id, Optional($0)) }) { first, _ in first }
    let named =
      report.traces.flatMap(\.findings).map(\.rule) + (report.baseline?.fixed.map(\.rule) ?? [])
    for rule in named where known[rule] == nil { known[rule] = .some(nil) }
    let sorted = known.sorted { $0.key < $1.key }
    descriptors = sorted.map { Self.descriptor($0.key, $0.value) }
    indices = Dictionary(sorted.enumerated().map { ($1.key, $0) }) { first, _ in first }
  }

  /// What a result or a notification says of its rule.
  func reference(_ rule: RuleID) -> [String: JSONValue] {
    var members: [String: JSONValue] = ["ruleId": .string(rule.description)]
    if let index = indices[rule] { members["ruleIndex"] = .unsigned(UInt64(index)) }
    return members
  }

  private static func descriptor(_ id: RuleID, _ rule: RuleMetadata?) -> JSONValue {
    guard let rule else { return .object(["id": .string(id.description)]) }
    return .object([
      "id": .string(id.description),
      "name": .string(pascal(rule.slug)),
      "shortDescription": text(rule.title),
      "fullDescription": text(rule.invariant),
      "help": .object(["text": .string(help(rule)), "markdown": .string(markdown(rule))]),
      "defaultConfiguration": .object(["level": .string(rule.severity.level)]),
      "properties": .object([
        "tags": .array([.string("gpu-svm"), .string(rule.category.rawValue)]),
        "problem.severity": .string(
          rule.severity == .info ? "recommendation" : rule.severity.rawValue),
      ]),
    ])
  }

  static func text(_ text: String) -> JSONValue {
    .object(["text": .string(UntrustedText.escaped(text))])
  }

  /// `LeakedPagemapReference` of `leaked-pagemap-reference`.
  private static func pascal(_ slug: String) -> String {
    slug.split(separator: "-").map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
  }

  private static func sections(_ rule: RuleMetadata) -> [(title: String, lines: [String])] {
    let guide = rule.guide
    return [
      ("Invariant", [rule.invariant]), ("Kernel", [rule.kernelFunction, rule.kernels]),
      ("Why it matters", [guide.why]), ("What it looks like", [guide.looksLike]),
      ("What is legal", guide.lookAlikes), ("History", guide.history.map(\.words)),
    ].compactMap { title, lines in
      let lines = lines.filter { !$0.isEmpty }
      return lines.isEmpty ? nil : (title, lines)
    }
  }

  private static func help(_ rule: RuleMetadata) -> String {
    sections(rule).map { "\($0.title): \($0.lines.joined(separator: "; "))" }
      .joined(separator: "\n")
  }

  private static func markdown(_ rule: RuleMetadata) -> String {
    sections(rule).map { section in
      "**\(section.title)**\n\n"
        + section.lines.map { "- \(MarkdownText.prose($0))" }.joined(separator: "\n")
    }.joined(separator: "\n\n")
  }
}

extension Severity {
  /// SARIF's word for it.
  var level: String {
    switch self {
    case .info: "note"
    case .warning: "warning"
    case .error: "error"
    }
  }
}
