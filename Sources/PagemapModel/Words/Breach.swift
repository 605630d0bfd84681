import PagemapEvents

/// An event that the kernel's own logic rules out in the state that its object was in.
///
/// A rule makes it where it looks at the mirror (`Look`): what happened to which object, and since when
/// that must not happen. How certain that is shows when it becomes a finding.
package struct Breach: Sendable {
  /// The number of the rule that objects.
  package internal(set) var rule = 0
  /// Which of the things that the rule is about it is, as the rule counts them.
  package var variant = 0
  /// The object, as a report names it; its device's name is an index in `device`.
  package var object: ObjectReference
  /// The device's name, as an index of `Names`.
  package var device: UInt64?
  /// What it has its root in.
  package var cause: Cause
  /// The event that shows it.
  package var note: EventNote
  /// What led to it, oldest first, each with what it shows.
  package var earlier: [(note: EventNote, remark: StaticString)] = []
  /// Since when every event must be known, for the conclusion to hold.
  package var provedSince: UInt64
  /// Causes of other findings that it explains as well.
  package var explains: [Cause] = []
  /// Whether something in flight, or stamps that are equal, leave another explanation.
  package var isAmbiguous = false
  /// Figures that the rule's words need: what was found, and what was expected.
  package var found: Int64 = 0
  package var expected: Int64 = 0

  /// A breach of the rule that looks: its `variant`, the object as a report names it, what it has its
  /// root in, the event that shows it, and the event that is at its beginning, with what that shows.
  package init(
    _ variant: Int = 0, _ object: ObjectReference, _ cause: Cause, note: EventNote,
    since earlier: EventNote? = nil, _ remark: StaticString = ""
  ) {
    self.variant = variant
    self.object = object
    self.cause = cause
    self.note = note
    provedSince = earlier?.time ?? note.time
    if let earlier {
      self.earlier = [(earlier, remark)]
      isAmbiguous = earlier.time == note.time && earlier.cpu != note.cpu
    }
  }
}
