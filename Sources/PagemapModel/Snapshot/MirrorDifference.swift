/// What became different between two snapshots of some objects.
///
/// Tasks are left out: the entry or return of a call is what the event itself says. So are objects whose
/// lives were over when the model forgets them: that is housekeeping.
package struct MirrorDifference: Hashable, Sendable {
  /// What became of one object.
  package struct Change: Hashable, Sendable {
    /// How it differs.
    package enum Manner: String, Sendable {
      /// The model did not know it before.
      case appeared
      /// The model does not know it any more.
      case gone
      /// Something of it is another.
      case changed
    }

    /// The object.
    package var kind: ObjectSnapshot.Kind
    package var address: UInt64
    package var epoch: UInt32?
    /// How it differs.
    package var manner: Manner
    /// Its state before and behind, where the kind has states. Of one that is gone the state behind is
    /// the one that it ended in, where an event showed that.
    package var oldState: String?
    package var newState: String?
    /// The values that differ; empty unless the manner is `changed`.
    package var values: [ValueChange] = []
  }

  /// A value that differs.
  package struct ValueChange: Hashable, Sendable {
    /// Its names for machines and for people.
    package var key: String
    package var label: String
    /// Before and behind.
    package var old: SnapshotValue?
    package var new: SnapshotValue?
  }

  /// The changes, by kind, address and epoch.
  package private(set) var changes: [Change] = []

  /// The difference between the same objects before and behind something. `endings` are the states
  /// that objects ended in meanwhile.
  package init(
    from before: [ObjectSnapshot], to after: [ObjectSnapshot], endings: [ObjectEnding] = []
  ) {
    let old = Self.table(before)
    let new = Self.table(after)
    for (identity, object) in old {
      if let next = new[identity] {
        changes += Self.change(from: object, to: next)
      } else if !object.isOver {
        var change = Self.change(object, .gone)
        change.newState = endings.last { $0.isOf(object) }?.state
        changes.append(change)
      }
    }
    for (identity, object) in new where old[identity] == nil {
      changes.append(Self.change(object, .appeared))
    }
    changes.sort { Self.order($0) < Self.order($1) }
  }

  /// The difference with the names of tasks filled in: `name` tells the one of a task's id.
  package func named(_ name: (Int32) -> String?) -> MirrorDifference {
    var copy = self
    for change in changes.indices {
      for value in changes[change].values.indices {
        copy.changes[change].values[value].old = changes[change].values[value].old?.named(name)
        copy.changes[change].values[value].new = changes[change].values[value].new?.named(name)
      }
    }
    return copy
  }

  private struct Identity: Hashable {
    var kind: ObjectSnapshot.Kind
    var address: UInt64
    var epoch: UInt32?
  }

  private static func table(_ objects: [ObjectSnapshot]) -> [Identity: ObjectSnapshot] {
    var table: [Identity: ObjectSnapshot] = [:]
    for object in objects where Rooms.byName[object.kind]?.isCompared ?? true {
      table[Identity(kind: object.kind, address: object.address, epoch: object.epoch)] = object
    }
    return table
  }

  private static func order(_ change: Change) -> (Int, UInt64, UInt32) {
    (change.kind.place, change.address, change.epoch ?? 0)
  }

  private static func change(_ object: ObjectSnapshot, _ manner: Change.Manner) -> Change {
    Change(
      kind: object.kind, address: object.address, epoch: object.epoch, manner: manner,
      oldState: manner == .gone ? object.state : nil,
      newState: manner == .gone ? nil : object.state)
  }

  private static func change(from old: ObjectSnapshot, to new: ObjectSnapshot) -> [Change] {
    var change = Change(
      kind: new.kind, address: new.address, epoch: new.epoch, manner: .changed,
      oldState: old.state, newState: new.state)
    for (one, other) in zip(old.properties, new.properties)
    where !other.isQuiet && one.value != other.value {
      change.values += values(from: one, to: other)
    }
    return change.values.isEmpty && old.state == new.state ? [] : [change]
  }

  /// Ledgers differ by their counts: when they were sampled is no difference.
  private static func values(
    from old: ObjectSnapshot.Property, to new: ObjectSnapshot.Property
  ) -> [ValueChange] {
    let (before, after) = (counts(old.value), counts(new.value))
    guard !before.isEmpty || !after.isEmpty else {
      return [ValueChange(key: new.key, label: new.label, old: old.value, new: new.value)]
    }
    var names = before.map(\.name)
    for count in after where !names.contains(count.name) { names.append(count.name) }
    return names.compactMap { name in
      let (one, other) = (value(name, before), value(name, after))
      guard one != other else { return nil }
      let isPlural = name.hasSuffix("s") || name == "unattributed"
      return ValueChange(
        key: name, label: isPlural ? name : name + "s", old: one.map(SnapshotValue.count),
        new: other.map(SnapshotValue.count))
    }
  }

  private static func value(_ name: String, _ counts: [(name: String, count: Int64)]) -> Int64? {
    counts.first { $0.name == name }?.count ?? (counts.isEmpty ? nil : 0)
  }

  private static func counts(_ value: SnapshotValue?) -> [(name: String, count: Int64)] {
    guard case .ledger(let ledger)? = value else { return [] }
    return [("references", ledger.references)]
      + ledger.holders.map { ($0.kind, $0.count) } + [("unattributed", ledger.unattributed)]
  }
}

/// The state that an object ended in, as the event shows it which took the object away.
package struct ObjectEnding: Hashable, Sendable {
  /// The object.
  package var kind: ObjectSnapshot.Kind
  package var address: UInt64
  package var epoch: UInt32?
  /// Where it stood last.
  package var state: String

  /// Whether it is the end of this object.
  package func isOf(_ object: ObjectSnapshot) -> Bool {
    kind == object.kind && address == object.address && epoch == object.epoch
  }
}
