internal import DocumentSupport
import Foundation

/// `pmtrace-docs [ROOT]`: writes the documents that are made from the code into the repository at
/// ROOT, by default the current directory.
@main
struct PmtraceDocs {
  static func main() throws {
    let root = URL(filePath: CommandLine.arguments.dropFirst().first ?? ".")
    guard FileManager.default.fileExists(atPath: root.appending(path: "Documentation").path) else {
      print("usage: pmtrace-docs [ROOT], ROOT being the repository of pmtrace")
      exit(64)
    }
    let documents = try Documents(root: root)
    try documents.write()
    print("wrote \(documents.files.count) documents")
  }
}
