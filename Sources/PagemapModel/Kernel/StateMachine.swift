import Synchronization

/// The states of one of the kernel's objects, and what takes it from one to the next.
///
/// The steps are data. The model asks them what an event does to an object, and
/// `Documentation/Model.md` is drawn from them. What is no step is what the kernel's source rules out.
package struct StateMachine<State, Trigger>: Sendable
where
  State: RawRepresentable<UInt8> & CaseIterable & Sendable,
  Trigger: RawRepresentable<UInt8> & CaseIterable & Sendable
{
  /// One step.
  package struct Step: Sendable {
    var from: [State]
    var trigger: Trigger
    var to: State
    var function: String

    /// - Parameters:
    ///   - from: the states in which it may happen.
    ///   - trigger: what happens.
    ///   - to: the state behind it.
    ///   - function: the kernel function that does it.
    package init(_ from: State..., on trigger: Trigger, to: State, by function: String) {
      self.from = from
      self.trigger = trigger
      self.to = to
      self.function = function
    }
  }

  /// The object, as the kernel names it.
  package let object: String
  /// The source file that keeps it.
  package let source: String
  /// The steps, in the order of the object's life.
  package let steps: [Step]
  /// The state behind each state and trigger, 255 for none.
  private let table: [UInt8]
  /// The names of the states.
  private let names = StateNames<State>()

  package init(_ object: String, in source: String, steps: [Step]) {
    self.object = object
    self.source = source
    self.steps = steps
    var table = [UInt8](repeating: 255, count: State.allCases.count * Trigger.allCases.count)
    for step in steps {
      for state in step.from {
        table[Int(state.rawValue) * Trigger.allCases.count + Int(step.trigger.rawValue)] =
          step.to.rawValue
      }
    }
    self.table = table
  }

  /// The state behind `trigger`; nil where the kernel's source has no such step.
  package func next(_ state: State, _ trigger: Trigger) -> State? {
    let place = Int(state.rawValue) * Trigger.allCases.count + Int(trigger.rawValue)
    guard place < table.count else { return nil }
    return State(rawValue: table[place])
  }

  /// The same for a step that is taken: builds for tests keep which ones were.
  @inline(__always)
  func take(_ state: State, _ trigger: Trigger) -> State? {
    let next = next(state, trigger)
    #if DEBUG || PMTRACE_TESTS
      if next != nil { StepLog.current?.note(object, "\(state)", "\(trigger)") }
    #endif
    return next
  }

  /// The name of a state.
  package func name(of state: State) -> String { names[state] }

  /// The machine as text, for the documentation.
  package var picture: MachinePicture {
    var transitions: [MachinePicture.Transition] = []
    for step in steps {
      for state in step.from {
        transitions.append(
          .init(
            from: "\(state)", to: "\(step.to)", trigger: "\(step.trigger)", function: step.function)
        )
      }
    }
    return MachinePicture(
      object: object, source: source, states: State.allCases.map { "\($0)" },
      transitions: transitions)
  }
}

/// The names of a machine's states. They are made once, since a stream asks for them at every event, and
/// not before the first is asked for: to make one takes longer than to replay a thousand events.
private final class StateNames<State>: Sendable
where State: RawRepresentable<UInt8> & CaseIterable & Sendable {
  private let made = Mutex<[String]>([])

  subscript(state: State) -> String {
    let place = Int(state.rawValue)
    return made.withLock { names in
      if names.isEmpty { names = State.allCases.map { "\($0)" } }
      return place < names.count ? names[place] : "\(state)"
    }
  }
}

/// A state machine without its types: names of states, and steps between them.
package struct MachinePicture: Sendable {
  /// A step from one state to another.
  package struct Transition: Sendable {
    package var from: String
    package var to: String
    package var trigger: String
    package var function: String
  }

  /// The object, as the kernel names it.
  package var object: String
  /// The source file that keeps it.
  package var source: String
  /// Its states, in the order of its life.
  package var states: [String]
  /// Its steps.
  package var transitions: [Transition]
}

/// The state machines of all objects that the model mirrors, in the order of the documentation.
package enum ModelCatalog {
  /// All machines.
  package static let machines: [MachinePicture] = Rooms.kinds.compactMap(\.machine)
}
