/// A terminal's screen as xterm keeps it, as far as a frame uses it, to check frames by what they
/// show. Whatever it does not know is noted.
struct Terminal {
  let width: Int
  let height: Int
  private(set) var cells: [[String]]
  private(set) var unknown: [String] = []
  /// Whether anything was written beyond the right edge, or below the last line.
  private(set) var hasOverflown = false
  private var (row, column) = (0, 0)

  init(width: Int, height: Int) {
    self.width = width
    self.height = height
    // What was there before must not shine through.
    cells = Array(repeating: Array(repeating: "#", count: width), count: height)
  }

  /// The screen without spaces at the ends of its lines.
  var text: String {
    cells.map { line in
      var text = line.joined()
      while text.last == " " { text.removeLast() }
      return text + "\n"
    }.joined()
  }

  mutating func take(_ bytes: [UInt8]) {
    var rest = Substring(String(decoding: bytes, as: UTF8.self))
    while let character = rest.popFirst() {
      switch character {
      case "\u{1b}": escape(&rest)
      case "\r\n": newLine()
      case "\r": column = 0
      case "\n": newLine()
      default: put(character)
      }
    }
  }

  private mutating func newLine() {
    column = 0
    if row + 1 < height { row += 1 } else { hasOverflown = true }
  }

  private mutating func put(_ character: Character) {
    let isWide = character.unicodeScalars.contains { (0x2e80...0xffdc).contains($0.value) }
    guard column + (isWide ? 2 : 1) <= width else {
      hasOverflown = true
      return
    }
    cells[row][column] = String(character)
    if isWide { cells[row][column + 1] = "" }
    column += isWide ? 2 : 1
  }

  private mutating func escape(_ rest: inout Substring) {
    guard rest.popFirst() == "[" else {
      unknown.append("escape")
      return
    }
    var parameters = ""
    while let character = rest.popFirst() {
      guard character.isLetter else {
        parameters.append(character)
        continue
      }
      switch (character, parameters) {
      case ("H", ""): (row, column) = (0, 0)
      case ("m", _): break
      case ("K", ""): clear(row, from: min(column, width - 1))
      case ("J", ""):
        clear(row, from: min(column, width - 1))
        for line in (row + 1)..<max(row + 1, height) { clear(line, from: 0) }
      default: unknown.append(parameters + String(character))
      }
      return
    }
  }

  /// As xterm: with the cursor behind the last column, the last one is cleared.
  private mutating func clear(_ line: Int, from column: Int) {
    for place in column..<width { cells[line][place] = " " }
  }
}
