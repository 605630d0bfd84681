import PagemapModel
import TraceWords

/// A rule about events that the state of their object rules out.
///
/// Its looks find them, ahead of the mirror's step or behind it; it says in words what is wrong.
protocol BreachRule: Rule {
  /// What is wrong, in words.
  static func words(for breach: Breach, _ context: RuleContext) -> BreachWords

  /// How bad it is at most where it is not certain.
  static func doubtfulSeverity(of breach: Breach) -> Severity
}

/// What a finding about a breach says.
struct BreachWords {
  /// One line: what is wrong with which object.
  var title: Sentence
  /// What the event itself shows.
  var remark: Sentence
  /// What the trace shows and why it follows.
  var explanation: [Sentence]
  /// What to look at next.
  var advice: Sentence
}

extension BreachRule {
  static var interests: ObservationSet { .breaches }

  func observe(_ observation: Observation, _ context: RuleContext) {
    guard case .breach(let breach) = observation, breach.rule == Self.metadata.id.number else {
      return
    }
    Self.report(breach, context)
  }

  static func doubtfulSeverity(of breach: Breach) -> Severity { .warning }

  /// Makes a finding of a breach. It is certain when every event since the breach's cause is known,
  /// and nothing in flight leaves another explanation.
  static func report(_ breach: Breach, _ context: RuleContext) {
    let words = words(for: breach, context)
    let isCertain = !breach.isAmbiguous && context.isIntact(since: breach.provedSince)
    var object = breach.object
    if object.device == nil { object.device = context.name(breach.device) }
    let severity =
      isCertain ? metadata.severity : min(metadata.severity, doubtfulSeverity(of: breach))
    var evidence = breach.earlier.map { $0.note.evidence("\($0.remark)") }
    evidence.append(breach.note.evidence(words.remark))
    context.report(
      Finding(
        rule: metadata.id, category: metadata.category, severity: severity, isCertain: isCertain,
        title: words.title, object: object, firstSeen: breach.note.moment,
        explanation: words.explanation, evidence: ordered(evidence), advice: words.advice),
      cause: breach.cause, provedSince: breach.provedSince, explains: breach.explains)
  }

  /// When the cause of a breach was, for its words.
  static func since(_ breach: Breach) -> Sentence {
    "\(time: breach.earlier.last?.note.time ?? breach.note.time)"
  }
}
