/// One object of the model as it stood at a moment: a value that needs no model to be read.
///
/// Every object of a kind has the same properties in the same order; what is not known is nil. The
/// kinds are described in their rooms (`ObjectKind`).
package struct ObjectSnapshot: Hashable, Sendable {
  /// The name of a kind of objects. Each is declared beside the description of the kind.
  package struct Kind: RawRepresentable, Hashable, Sendable {
    package let rawValue: String

    package init(rawValue: String) { self.rawValue = rawValue }
    init(_ name: String) { rawValue = name }

    /// All, in the order that a state shows them.
    package static var allCases: [Kind] { Rooms.kinds.map(\.kind) }
    /// The place in that order.
    var place: Int { Rooms.places[self] ?? .max }
    /// Whether such objects are told apart by their task, and not by an address.
    package var isOfTasks: Bool { Rooms.byName[self]?.isOfTasks ?? false }
  }

  /// Something that is known of the object, or could be.
  package struct Property: Hashable, Sendable {
    /// Its name for machines: `pagemapPeers`.
    package var key: String
    /// Its name for people: `pagemap peers`.
    package var label: String
    /// Its value; nil where it is not known or there is none.
    package var value: SnapshotValue?
    /// Whether its changes go without saying, since those of others tell them.
    package var isQuiet: Bool

    package init(_ key: String, _ label: String, _ value: SnapshotValue?, isQuiet: Bool = false) {
      self.key = key
      self.label = label
      self.value = value
      self.isQuiet = isQuiet
    }
  }

  /// What it is.
  package var kind: Kind
  /// Its address; of what is told apart by its task, that one's id.
  package var address: UInt64
  /// Which life of the address; nil for kinds whose lives are not told apart.
  package var epoch: UInt32?
  /// Where it stands, for kinds that have states: `active`.
  package var state: String?
  /// Whether its life is over, though the model still knows of it.
  package var isOver: Bool
  /// What is known of it.
  package var properties: [Property]

  package init(
    _ kind: Kind, _ address: UInt64, epoch: UInt32? = nil, state: String? = nil,
    isOver: Bool = false, _ properties: [Property]
  ) {
    self.kind = kind
    self.address = address
    self.epoch = epoch
    self.state = state
    self.isOver = isOver
    self.properties = properties
  }

  /// The value of a property; nil where it is not known or there is no such property.
  package subscript(key: String) -> SnapshotValue? {
    properties.first { $0.key == key }?.value
  }
}

/// The value of a property.
package enum SnapshotValue: Hashable, Sendable {
  /// How many.
  case count(Int64)
  /// Yes or no.
  case flag(Bool)
  /// A word of the model or a name of the trace.
  case word(String)
  /// An object of the kernel.
  case address(UInt64)
  /// A point of time by the trace's clock.
  case time(UInt64)
  /// Bytes.
  case bytes(UInt64)
  /// A range of addresses, its end exclusive.
  case range(start: UInt64, end: UInt64)
  /// An event as the model notes it; `named` makes it an `event`.
  case note(EventNote)
  /// An event.
  case event(Evidence)
  /// Who holds an object's references.
  case ledger(ReferenceLedger)
  /// Objects of the kernel, in an order that means something.
  case addresses([UInt64])
  /// Calls of a task, outermost first.
  case calls([Call])

  /// A modelled function that was entered and not left.
  package struct Call: Hashable, Sendable {
    /// The function: `drm_pagemap_migrate_to_devmem`.
    package var function: String
    /// The object it is about; nil where that is not known.
    package var object: UInt64?
    /// The event that entered it.
    package var entry: Evidence
  }
}

extension SnapshotValue {
  /// The value with the names of tasks filled in: `name` tells the one of a task's id.
  package func named(_ name: (Int32) -> String?) -> SnapshotValue {
    switch self {
    case .note(let note): .event(note.evidence().named(name))
    case .event(let event): .event(event.named(name))
    case .ledger(let ledger): .ledger(ledger.named(name))
    case .calls(let calls):
      .calls(
        calls.map { call in
          Call(function: call.function, object: call.object, entry: call.entry.named(name))
        })
    default: self
    }
  }
}

extension ObjectSnapshot {
  /// The object with the names of tasks filled in: `name` tells the one of a task's id.
  package func named(_ name: (Int32) -> String?) -> ObjectSnapshot {
    var copy = self
    for index in properties.indices {
      copy.properties[index].value = properties[index].value?.named(name)
    }
    return copy
  }
}

extension Evidence {
  /// The event with its task's name filled in.
  package func named(_ name: (Int32) -> String?) -> Evidence {
    var copy = self
    copy.moment.task = name(moment.pid)
    return copy
  }
}

extension ReferenceLedger {
  /// The ledger with the names of tasks filled in.
  package func named(_ name: (Int32) -> String?) -> ReferenceLedger {
    var copy = self
    copy.sampledAt.task = name(sampledAt.pid)
    if let pid = appearedAfter?.pid { copy.appearedAfter?.task = name(pid) }
    if let pid = appearedBefore?.pid { copy.appearedBefore?.task = name(pid) }
    copy.tasksThen = tasksThen.map { NamedTask(pid: $0.pid, name: name($0.pid)) }
    return copy
  }
}
