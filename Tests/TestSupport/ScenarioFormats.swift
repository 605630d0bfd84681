package import Foundation
package import TraceIngest

/// The event formats of `fixtures/event-formats`, and payloads composed by them.
package struct ScenarioFormats: Sendable {
  /// A value of a field.
  package enum Value: Sendable, ExpressibleByIntegerLiteral, ExpressibleByStringLiteral {
    case number(UInt64)
    case text(String)

    package init(integerLiteral value: Int64) { self = .number(UInt64(bitPattern: value)) }
    package init(stringLiteral value: String) { self = .text(value) }
    /// A signed number, for counts and results.
    package static func signed(_ value: Int64) -> Value { .number(UInt64(bitPattern: value)) }
  }

  struct Field {
    var offset: Int
    var size: Int
    var isDynamic: Bool
  }

  struct Format {
    var system: String
    var text: String
    var id: UInt16
    /// Whether a trace has the probe only where it is asked for.
    var isOptional: Bool
    var fields: [String: Field] = [:]
    var size = 8
  }

  let formats: [String: Format]

  /// What the kernel's own probes look like.
  package static let kernel: ScenarioFormats = {
    do {
      return try ScenarioFormats(folder: RepositoryFiles.url("fixtures/event-formats"))
    } catch {
      preconditionFailure("fixtures/event-formats: \(error)")
    }
  }()

  /// The names of all events, optional ones too.
  package var eventNames: [String] { formats.keys.sorted() }

  /// The format of an event, as metadata holds it; nil where there is none.
  package func text(of name: String) -> EventFormatText? {
    formats[name].map { EventFormatText(system: $0.system, text: Array($0.text.utf8)) }
  }

  private init(folder: URL) throws {
    var formats: [String: Format] = [:]
    for (system, isOptional) in [
      ("drm_pagemap", false), ("drm_gpusvm", false), ("drm_pagemap", true), ("drm_gpusvm", true),
      ("xe_svm", true),
    ] {
      let place = folder.appending(path: isOptional ? "optional/\(system)" : system)
      for name in try FileManager.default.contentsOfDirectory(atPath: place.path) {
        let text = try String(contentsOf: place.appending(path: name), encoding: .utf8)
        precondition(formats[name] == nil, "two formats of \(name)")
        formats[name] = Self.parse(text, system: system, isOptional: isOptional)
      }
    }
    self.formats = formats
  }

  static func parse(_ text: String, system: String, isOptional: Bool = false) -> Format {
    var format = Format(system: system, text: text, id: 0, isOptional: isOptional)
    for line in text.split(separator: "\n") {
      if line.hasPrefix("ID: ") { format.id = UInt16(line.dropFirst(4)) ?? 0 }
      guard line.hasPrefix("\tfield:") else { continue }
      let parts = line.dropFirst(7).split(separator: ";").map {
        $0.drop { $0 == "\t" }.split(separator: ":").last.map(String.init) ?? ""
      }
      let declaration = parts[0].split(separator: " ")
      guard let name = declaration.last, let offset = Int(parts[1]), let size = Int(parts[2]) else {
        continue
      }
      format.fields[String(name)] = Field(
        offset: offset, size: size, isDynamic: declaration.first == "__data_loc")
      format.size = max(format.size, offset + size)
    }
    return format
  }

  /// The payload of an event: fields that are not given are zero.
  func payload(_ name: String, pid: Int32, _ values: [String: Value]) -> [UInt8] {
    guard let format = formats[name] else { preconditionFailure("no format of \(name)") }
    var bytes = [UInt8](repeating: 0, count: format.size)
    var values = values
    values["common_type"] = .number(UInt64(format.id))
    values["common_pid"] = .signed(Int64(pid))
    values["__probe_ip"] = 0x7fff_f000_1234
    values["__probe_func"] = 0x7fff_f000_1234
    for (key, value) in values {
      guard let field = format.fields[key] else {
        precondition(key.hasPrefix("__probe_"), "\(name) has no field \(key)")
        continue
      }
      switch value {
      case .number(let number): Self.store(number, field, &bytes)
      case .text(let text):
        precondition(field.isDynamic, "\(name): \(key) is no string")
        let data = Array(text.utf8) + [0]
        Self.store(UInt64(bytes.count) | UInt64(data.count) << 16, field, &bytes)
        bytes += data
      }
    }
    return bytes
  }

  private static func store(_ number: UInt64, _ field: Field, _ bytes: inout [UInt8]) {
    for byte in 0..<field.size {
      bytes[field.offset + byte] = UInt8(truncatingIfNeeded: number >> UInt64(8 * byte))
    }
  }
}

/// Files of the repository that tests read.
package enum RepositoryFiles {
  /// The place of a file, by its path from the repository's root.
  package static func url(_ path: String, from file: String = #filePath) -> URL {
    URL(filePath: file).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: path)
  }
}
