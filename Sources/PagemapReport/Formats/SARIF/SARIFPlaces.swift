import PagemapRules
import TraceWords

/// Where results are: every trace as an artifact, by a relative URI.
struct SARIFPlaces {
  /// The name of the directory that URIs are relative to.
  static let base = "SRCROOT"

  /// The traces' files, each once, in their order.
  private(set) var artifacts: [JSONValue] = []
  /// The location of each trace.
  private(set) var locations: [JSONValue] = []
  private let identities: ResultIdentities

  init(_ report: Report) {
    identities = ResultIdentities(report)
    var indices: [String: Int] = [:]
    for trace in report.traces {
      let uri = Self.uri(report.location(of: trace))
      let isNew = indices[uri] == nil
      let index = indices[uri, default: artifacts.count]
      indices[uri] = index
      let file: [String: JSONValue] = ["uri": .string(uri), "uriBaseId": .string(Self.base)]
      if isNew {
        artifacts.append(
          .object(["location": .object(file), "roles": .array([.string("analysisTarget")])]))
      }
      let place = file.merging(["index": .unsigned(UInt64(index))]) { first, _ in first }
      let region = JSONValue.object(["startLine": .unsigned(1)])
      locations.append(.object(["artifactLocation": .object(place), "region": region]))
    }
  }

  /// The location of a trace, as a result has it.
  func physical(_ index: Int) -> JSONValue {
    locations.indices.contains(index) ? locations[index] : .null
  }

  /// What tells a result from all others of the run, and finds it again in the next.
  func fingerprints(_ parts: [String], trace index: Int) -> JSONValue {
    let identity = identities.of(parts, trace: index).description
    // The second is the only one that GitHub reads; without it all results of a file are one.
    return .object([
      "pmtrace/v1": .string(identity), "primaryLocationLineHash": .string("\(identity):1"),
    ])
  }

  /// The relative URI of a path: all but letters, digits and `-._~/` in per cent.
  static func uri(_ path: String) -> String {
    let plain = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/".utf8)
    var result = ""
    for byte in path.utf8.drop(while: { $0 == UInt8(ascii: "/") }) {
      result +=
        plain.contains(byte)
        ? String(Unicode.Scalar(byte))
        : "%" + Format.hexadecimal(UInt64(byte), digits: 2).uppercased()
    }
    return result.isEmpty ? "." : result
  }
}
