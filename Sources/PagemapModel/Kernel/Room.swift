/// A room of the mirror: it keeps the objects of one subject, and alone writes them.
///
/// A room tells which steps events take through it and which kinds of objects it has. The table of
/// steps, the machines that `Documentation/Model.md` draws, and what snapshots show are gathered from
/// the rooms that `KernelMirror` holds, in the order of its properties.
protocol Room: Sendable {
  /// Which step each kind of event takes through the room.
  static var steps: [StepRow] { get }
  /// The kinds of its objects, each with its machine and its properties.
  static var kinds: [any ObjectKind] { get }
}

extension Room {
  static var steps: [StepRow] { [] }
  static var kinds: [any ObjectKind] { [] }
}

/// What the rooms of the mirror declare, gathered once.
package enum Rooms {
  static let all: [any Room.Type] = Mirror(reflecting: KernelMirror.blank).children
    .compactMap { type(of: $0.value) as? any Room.Type }

  /// Their steps. Of those that an event takes through several rooms the first is the first to be taken.
  static let steps: [StepRow] = all.flatMap { $0.steps }

  /// The kinds of objects, in the order that a state shows them.
  package static let kinds: [any ObjectKind] = all.flatMap { $0.kinds }

  /// The same by name.
  static let byName = Dictionary(
    kinds.map { ($0.kind, $0) }, uniquingKeysWith: { first, _ in first })

  /// The place of a kind in that order.
  static let places = Dictionary(
    kinds.enumerated().map { ($0.element.kind, $0.offset) }, uniquingKeysWith: { first, _ in first }
  )
}
