import Foundation
import TestSupport
import Testing

/// The table of legal interleavings is complete, and names fixtures that are there and are legal.
@Suite struct LegalInterleavingsTests {
  private struct Truth: Decodable {
    struct Finding: Decodable {}
    var expect: [Finding]
  }

  private static func rows() throws -> [[String]] {
    let url = RepositoryFiles.url("Documentation/LegalInterleavings.md")
    return try String(contentsOf: url, encoding: .utf8).split(separator: "\n")
      .filter { $0.hasPrefix("| N") }
      .map { $0.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) } }
  }

  @Test func everyNumberIsThereOnce() throws {
    let numbers = (1...26).map { ($0 < 10 ? "N0" : "N") + "\($0)" }
    #expect(try Self.rows().map(\.first) == numbers)
    for row in try Self.rows() {
      #expect(row.count == 4)
      #expect(row.dropFirst(2).first == "`\(row[0].lowercased())…`")
    }
  }

  @Test func theRecordingsAreLegal() throws {
    for row in try Self.rows() {
      for name in (row.last ?? "").split(separator: "`") where name.first?.isLetter == true {
        let data = try Data(contentsOf: RepositoryFiles.url("fixtures/recordings/\(name).json"))
        let truth = try JSONDecoder().decode(Truth.self, from: data)
        #expect(truth.expect.isEmpty, "\(row[0]): \(name)")
      }
    }
  }
}
