import Foundation

/// Where events have their fields: made once from format files, to compose many payloads quickly.
package struct EventLayouts: Sendable {
  /// One event.
  package struct Layout: Sendable {
    /// The subsystem that its format belongs to.
    package var system: String
    /// The text of its format.
    package var text: String
    /// Its `common_type`.
    package var id: UInt16
    /// Bytes of its payload without strings.
    package var size: Int
    fileprivate var places: [String: (offset: Int, size: Int)]
  }

  /// The layouts by the events' names.
  package let events: [String: Layout]

  /// What the kernel's own probes look like, those of page arrays included.
  package static let kernel: EventLayouts = {
    var formats = ScenarioFormats.kernel.formats
    let folder = RepositoryFiles.url("fixtures/page-event-formats")
    for file in (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? [] {
      guard let text = try? String(contentsOf: folder.appending(path: file), encoding: .utf8),
        text.hasPrefix("name: ")
      else { continue }
      formats[file] = ScenarioFormats.parse(text, system: "drm_pagemap")
    }
    let events = formats.mapValues { format in
      Layout(
        system: format.system, text: format.text, id: format.id, size: format.size,
        places: format.fields.mapValues { ($0.offset, $0.size) })
    }
    return EventLayouts(events: events)
  }()

  /// The payload of an event: fields that are not given are zero.
  ///
  /// - Parameters:
  ///   - values: numbers by field; signed ones as their bit patterns.
  ///   - text: the one string that the event may have.
  package func payload(
    _ layout: Layout, pid: Int32, _ values: [(String, UInt64)], text: (String, String)? = nil
  ) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: layout.size)
    func store(_ number: UInt64, _ name: String) {
      guard let (offset, size) = layout.places[name] else {
        precondition(name.hasPrefix("__probe"), "no field \(name) in \(layout.text.prefix(60))")
        return
      }
      for byte in 0..<size {
        bytes[offset + byte] = UInt8(truncatingIfNeeded: number >> UInt64(8 * byte))
      }
    }
    store(UInt64(layout.id), "common_type")
    store(UInt64(bitPattern: Int64(pid)), "common_pid")
    for (name, number) in values { store(number, name) }
    if let (name, text) = text {
      let data = Array(text.utf8) + [0]
      store(UInt64(bytes.count) | UInt64(data.count) << 16, name)
      bytes += data
    }
    return bytes
  }
}
