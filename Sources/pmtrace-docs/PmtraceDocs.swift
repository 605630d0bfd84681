internal import DocumentSupport
import Foundation

/// `pmtrace-docs [--rules] [ROOT]`: writes the documents that are made from the code into the repository at
/// ROOT, by default the current directory; with `--rules` only the list of rules, which is code itself, so
/// that a new rule is built in before its page is made.
@main
struct PmtraceDocs {
  static func main() throws {
    var arguments = CommandLine.arguments.dropFirst()
    let listsOnly = arguments.first == "--rules"
    if listsOnly { arguments.removeFirst() }
    let root = URL(filePath: arguments.first ?? ".")
    guard FileManager.default.fileExists(atPath: root.appending(path: "Documentation").path) else {
      print("usage: pmtrace-docs [--rules] [ROOT], ROOT being the repository of pmtrace")
      exit(64)
    }
    if listsOnly { return try RuleList.write(root: root) }
    let documents = try Documents(root: root)
    try documents.write()
    print("wrote \(documents.files.count) documents")
  }
}
