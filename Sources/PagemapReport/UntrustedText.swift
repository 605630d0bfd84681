import TraceWords

/// Strings of a trace are not ours: task names, device names and paths may hold escape sequences
/// that would steer the reader's terminal, or marks that make text read other than it is.
package enum UntrustedText {
  /// Whether this scalar has no picture of its own or changes how its neighbours look. All of these
  /// lie in the basic multilingual plane but the tags.
  package static func mustBeEscaped(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0...0x1f, 0x7f...0x9f: true  // C0, DEL, C1
    case 0xad, 0x61c, 0x180e, 0xfeff: true  // soft hyphen, Arabic mark, Mongolian separator, BOM
    case 0x200b...0x200f, 0x2028...0x202e, 0x2060...0x206f: true  // widthless, separators, bidi
    case 0xfff9...0xfffb: true  // interlinear annotation
    default: false
    }
  }

  /// Whether every character is a printable one of ASCII, as most are: those need no second look.
  package static func isPlain(_ string: String) -> Bool {
    string.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7f }
  }

  /// The string with such scalars written out: `\x1b`, `\n`, `\u{202e}`.
  package static func escaped(_ string: String) -> String {
    if isPlain(string) { return string }
    guard string.unicodeScalars.contains(where: mustBeEscaped) else { return string }
    var result = ""
    for scalar in string.unicodeScalars {
      switch scalar {
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      case _ where !mustBeEscaped(scalar): result.unicodeScalars.append(scalar)
      case _ where scalar.value < 0x100:
        result += "\\x" + Format.hexadecimal(UInt64(scalar.value), digits: 2)
      default: result += "\\u{" + Format.hexadecimal(UInt64(scalar.value), digits: 1) + "}"
      }
    }
    return result
  }
}
