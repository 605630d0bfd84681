/// How many columns of a terminal text takes. Names in a trace need not be Latin.
enum DisplayWidth {
  /// The columns of an escaped text.
  static func columns(_ text: String) -> Int {
    if text.utf8.allSatisfy({ $0 < 0x80 }) { return text.utf8.count }
    return text.reduce(0) { $0 + columns($1) }
  }

  /// The columns of a character: what is combined with it takes none of its own.
  static func columns(_ character: Character) -> Int {
    var widest = 0
    for scalar in character.unicodeScalars {
      if scalar.value == 0xfe0f { return 2 }  // shown as a picture
      widest = max(widest, columns(scalar))
    }
    return widest
  }

  private static func columns(_ scalar: Unicode.Scalar) -> Int {
    if scalar.value < 0x300 { return 1 }
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .enclosingMark, .format: return 0
    default: return isWide(scalar.value) ? 2 : 1
    }
  }

  /// Whether the East Asian width is W or F (Unicode TR 11), by blocks: what is not assigned in them
  /// counts as wide, so that a line is rather cut too early than too late.
  private static func isWide(_ value: UInt32) -> Bool {
    switch value {
    case 0x1100...0x115f, 0x231a...0x231b, 0x2329...0x232a, 0x23e9...0x23f3, 0x25fd...0x25fe,
      0x2614...0x2615, 0x2648...0x2653, 0x267f, 0x2693, 0x26a1, 0x26aa...0x26ab, 0x26bd...0x26be,
      0x26c4...0x26c5, 0x26ce, 0x26d4, 0x26ea, 0x26f2...0x26f5, 0x26fa...0x26fd, 0x2705,
      0x270a...0x270b, 0x2728, 0x274c, 0x274e, 0x2753...0x2757, 0x2795...0x2797, 0x27b0, 0x27bf,
      0x2b1b...0x2b1c, 0x2b50, 0x2b55, 0x2e80...0x303e, 0x3041...0xa4cf, 0xa960...0xa97f,
      0xac00...0xd7a3, 0xf900...0xfaff, 0xfe10...0xfe19, 0xfe30...0xfe6f, 0xff01...0xff60,
      0xffe0...0xffe6, 0x16fe0...0x18dff, 0x1aff0...0x1b2ff, 0x1f004, 0x1f0cf, 0x1f18e,
      0x1f191...0x1f19a, 0x1f200...0x1f320, 0x1f32d...0x1f64f, 0x1f680...0x1f6ff,
      0x1f7e0...0x1f7eb, 0x1f7f0, 0x1f90c...0x1f9ff, 0x1fa70...0x1faff, 0x20000...0x3fffd:
      true
    default: false
    }
  }

  /// As much of an escaped text as fits into some columns.
  static func prefix(_ text: String, columns limit: Int) -> String {
    guard columns(text) > limit else { return text }
    var taken = 0
    var result = ""
    for character in text {
      let width = columns(character)
      guard taken + width <= limit else { break }
      taken += width
      result.append(character)
    }
    return result
  }
}
