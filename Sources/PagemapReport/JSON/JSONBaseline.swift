package import PagemapAnalysis
import PagemapPolicy
import PagemapRules

/// A baseline as a file: `Documentation/Schemas/pmtrace.baseline-1.schema.json`.
package enum JSONBaseline {
  /// The file. Nothing in it differs from run to run of one scenario.
  package static func render(_ baseline: Baseline) -> [UInt8] {
    JSONValue.object([
      "schema": .string(BaselineFile.schema),
      "findings": .array(baseline.entries.map(JSONReporter.entry)),
    ]).serialized()
  }
}
