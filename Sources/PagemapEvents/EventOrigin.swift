extension PagemapEvent.Kind {
  /// Where in a function an event was taken.
  package enum Phase: Sendable {
    /// Before the function's first instruction.
    case entry
    /// When it returned; fields are sampled anew, through the arguments it was entered with.
    case `return`
    /// A static tracepoint.
    case tracepoint
  }

  /// The kernel function or tracepoint, and where in it.
  package var origin: (function: String, phase: Phase) {
    let name = rawValue
    if let colon = name.firstIndex(of: ":") {
      return (String(name[name.index(after: colon)...]), .tracepoint)
    }
    let words = name.split(separator: " ")
    return (String(words.first ?? ""), words.dropFirst().first == "returns" ? .return : .entry)
  }

  /// The system of a static tracepoint; nil for functions.
  package var system: String? {
    rawValue.firstIndex(of: ":").map { String(rawValue[..<$0]) }
  }

  /// The name for people: the kernel's, with ` returns` behind it for a return.
  package var label: String {
    let (function, phase) = origin
    return phase == .return ? "\(function) returns" : function
  }

  /// Whether the event is drm_pagemap's or drm_gpusvm's own, not one of mm or of the driver: those
  /// stand ahead in the list of kinds.
  @inlinable public var isPagemap: Bool { index < Self.copyToDevmem.index }
}

// MARK: - Numbers

/// A kind is a number from 0 in the list's order, of one byte. Its text is looked at by nothing that
/// happens once an event.
extension PagemapEvent.Kind: Hashable {
  /// The place in the list of kinds, for tables by kind.
  @inlinable public var index: Int { Int(unsafeBitCast(self, to: UInt8.self)) }

  /// Whether two kinds are the same.
  @inlinable
  public static func == (one: Self, other: Self) -> Bool { one.index == other.index }

  /// Whether two kinds differ. The library's own compares raw values, which are text.
  @inlinable
  public static func != (one: Self, other: Self) -> Bool { one.index != other.index }

  /// The hash of its place.
  @inlinable
  public func hash(into hasher: inout Hasher) { hasher.combine(index) }
}
