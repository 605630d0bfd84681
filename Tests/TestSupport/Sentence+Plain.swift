package import TraceWords

extension Sentence {
  /// What a report of a trace whose stamps are nanoseconds prints.
  package var plain: String { text(TimeFormat()) }
}
