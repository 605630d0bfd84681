import PagemapAnalysis
import PagemapReport
import PagemapRules
import TraceIngest

/// Gives verdicts on files, one after the other.
struct Judge {
  /// How it judges.
  var options: AnalysisOptions
  /// Whether it tells how far it is, on a terminal.
  var showsProgress = true

  /// The report on some files. One that cannot be used does not keep the others from it.
  func report(on files: [String]) -> Report {
    Self.report(files.map(analysis(of:)), by: options)
  }

  /// The report on analyses that were made by some options.
  static func report(_ traces: [TraceAnalysis], by options: AnalysisOptions) -> Report {
    var report = Report(traces: traces, rules: RuleRegistry.all)
    report.toolVersion = Pmtrace.version
    report.directory = Output.workingDirectory
    if let baseline = options.baseline {
      report.baseline = BaselineComparison(baseline, report.traces)
    }
    return report
  }

  /// Opens, reads and judges one file.
  func analysis(of path: String) -> TraceAnalysis {
    var progress = Progress(path: path, isWanted: showsProgress)
    defer { progress.finish() }
    do throws(IngestError) {
      let reader = try TraceOpener.open(path: path)
      let update = progress.isShown ? { progress.update(records: $0) } : nil
      return try Analyzer.analyze(reader, path: path, options: options, progress: update)
    } catch {
      progress.finish()
      Terminal.complain("\(path): \(error)")
      return .unusable(path: path, because: error)
    }
  }
}
