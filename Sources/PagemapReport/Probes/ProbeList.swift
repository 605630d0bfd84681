import PagemapEvents
package import PagemapProbes

/// What `pmtrace probes list` prints: the probes of a set, without any kernel.
package enum ProbeList {
  /// The version of the list's shape as JSON.
  package static let schema = "pmtrace.probe-list/1"

  /// The probes as a table; of each the definition that is preferred, and in how many others it is
  /// written.
  package static func text(
    _ probes: [CatalogueProbe], set: String, options: RenderOptions
  ) -> [UInt8] {
    var page = TextPage(options: options)
    page.line([Span("\(probes.count) probes of \(set)", .strong)])
    page.space()
    var table = TextTable([
      ("event", .left), ("module", .left), ("for", .left), ("definition", .left),
    ])
    for probe in probes {
      for (index, definition) in probe.definitions.enumerated() {
        table.add([
          Span(index == 0 ? definition.name : ""), Span(index == 0 ? probe.module ?? "-" : ""),
          Span(definition.form.kernels, .faint), Span(definition.line),
        ])
      }
    }
    table.write(to: &page, indent: 0, narrow: 60)
    return page.bytes
  }

  /// The probes as JSON: `Documentation/Schemas/pmtrace.probe-list-1.schema.json`.
  package static func json(_ probes: [CatalogueProbe], set: String) -> [UInt8] {
    JSONValue.object([
      "schema": .string(schema), "set": .string(set), "probes": .array(probes.map(json)),
    ]).serialized()
  }

  private static func json(_ probe: CatalogueProbe) -> JSONValue {
    .object([
      "name": .string("\(probe.group):\(probe.event)"),
      "event": .string(probe.kind.label),
      "module": .optional(probe.module),
      "definitions": .array(
        probe.definitions.map {
          .object(["kernels": .string($0.form.kernels), "text": .string($0.line)])
        }),
    ])
  }
}
