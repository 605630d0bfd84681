package import Foundation

extension ModelPage {
  /// What the objects are, by the names of their machines: the comments over the types that step through
  /// them, so that an object's folder has all that is said of it.
  package static func introductions(root: URL) throws -> [String: String] {
    let folder = root.appending(path: "Sources/PagemapModel")
    let paths = FileManager.default.enumerator(atPath: folder.path)
    var introductions: [String: String] = [:]
    while let path = paths?.nextObject() as? String {
      guard path.hasSuffix(".swift") else { continue }
      let text = try String(contentsOf: folder.appending(path: path), encoding: .utf8)
      guard
        let comment = text.firstMatch(
          of: /(?m)((?:^\/\/\/.*\n)+)package struct \w+: MachineObject\b/),
        let machine = text.firstMatch(of: /machine = StateMachine<State, Trigger>\(\s*"([^"]+)"/)
      else { continue }
      introductions[String(machine.output.1)] = comment.output.1.split(separator: "\n")
        .map { $0.dropFirst(4) }.joined(separator: " ")
    }
    return introductions
  }
}
