/// Which events a trace can hold at all, and which of them no table knows.
package struct ProbeInventory: Sendable {
  /// A probe or tracepoint that a table maps to a kind of event.
  package struct Probe: Hashable, Sendable {
    /// The recorded name, `SYSTEM:NAME`; for text only `NAME`.
    package var name: String
    /// What it stands for.
    package var kind: PagemapEvent.Kind
    /// The fields it records, those of the table that its format has.
    package var fields: [PagemapEvent.Field]
    /// Events of it in the trace.
    package var count: UInt64

    package init(name: String, kind: PagemapEvent.Kind, fields: [PagemapEvent.Field], count: UInt64)
    {
      self.name = name
      self.kind = kind
      self.fields = fields
      self.count = count
    }
  }

  /// An event format that could not be used.
  package struct RejectedFormat: Hashable, Sendable {
    /// The recorded name, as far as it could be read.
    package var name: String
    /// What is wrong with it, one line.
    package var reason: String

    package init(name: String, reason: String) {
      self.name = name
      self.reason = reason
    }
  }

  /// The probes present, by kind, then name.
  package var present: [Probe] = []
  /// Events of the pagemap systems that no table knows: their names, sorted.
  package var unknown: [String] = []
  /// Formats of wanted events that could not be used.
  package var rejected: [RejectedFormat] = []
  /// Whether the list of probes is known (trace.dat) or only those that fired are seen (text).
  package var isComplete = true

  package init() {}

  /// Whether any probe for one of these kinds is present.
  package func holds(anyOf kinds: [PagemapEvent.Kind]) -> Bool {
    present.contains { kinds.contains($0.kind) }
  }

  /// Whether a probe of this kind is present that records this field.
  package func records(_ field: PagemapEvent.Field, of kind: PagemapEvent.Kind) -> Bool {
    present.contains { $0.kind == kind && $0.fields.contains(field) }
  }
}
