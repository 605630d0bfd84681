import Foundation
import PagemapAnalysis
import PagemapRules
import Synchronization
import TestSupport
import TraceIngest

/// The analyses of the repository's recordings, each made once: many rules ask for the same ones.
enum RecordedAnalyses {
  private static let known = Mutex<[String: TraceAnalysis]>([:])

  /// The analysis of `fixtures/recordings/NAME.dat`.
  static func analysis(of name: String) throws -> TraceAnalysis {
    if let analysis = known.withLock({ $0[name] }) { return analysis }
    let path = RepositoryFiles.url("fixtures/recordings/\(name).dat").path
    let analysis = try Analyzer.analyze(
      TraceOpener.open(path: path), path: path, options: AnalysisOptions())
    known.withLock { $0[name] = analysis }
    return analysis
  }
}
