package import PagemapAnalysis
import PagemapRules
package import TraceIngest

/// What is known of an input that pmtrace itself may have got wrong.
package struct Diagnosis: Sendable {
  /// The version line and the schemas.
  package var versions: [String] = []
  /// The input's name, without its folder.
  package var name = ""
  /// The container, as far as it can be read.
  package var inspection: Inspection
  /// The analysis; nil where the input is unusable.
  package var analysis: TraceAnalysis?
  /// Name, id and size of every event format.
  package var formats: [FormatLine] = []
  /// Whether payloads, task names and bytes of the file are told.
  package var payload: Payload?
  /// Another program of the same name that comes first in PATH.
  package var otherProgram: String?

  /// An event format.
  package struct FormatLine: Sendable {
    package var name: String
    package var id: UInt16?
    package var size: Int

    package init(name: String, id: UInt16?, size: Int) {
      self.name = name
      self.id = id
      self.size = size
    }
  }

  /// What is told only when asked for.
  package struct Payload: Sendable {
    /// The bytes around the first damage, and where they stand.
    package var damage: (offset: UInt64, bytes: [UInt8])?
    /// The first record of each event.
    package var records: [(name: String, bytes: [UInt8])] = []
    /// The names that the recording gives tasks, by their ids.
    package var tasks: [(pid: Int32, name: String)] = []

    package init() {}
  }

  package init(_ inspection: Inspection) { self.inspection = inspection }

  /// Where the first damage is and what was expected there; nil where there is none.
  package var firstDamage: (offset: UInt64, message: String)? {
    if let damage = analysis?.ledger?.damage.first { return (damage.offset, damage.message) }
    return inspection.error.map { ($0.offset, "\($0.expectation); \($0.advice)") }
  }
}
