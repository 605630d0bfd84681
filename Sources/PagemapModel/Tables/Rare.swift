/// A value that few objects of a kind have, kept apart from them: 8 bytes in an object that has none.
@propertyWrapper
package struct Rare<Value: Sendable>: Sendable {
  private var kept: [Value] = []

  package init(wrappedValue: Value?) {
    if let wrappedValue { kept = [wrappedValue] }
  }

  /// The value; nil where there is none.
  package var wrappedValue: Value? {
    get { kept.first }
    set {
      guard let newValue else {
        if !kept.isEmpty { kept = [] }
        return
      }
      if kept.isEmpty { kept = [newValue] } else { kept[0] = newValue }
    }
  }
}
