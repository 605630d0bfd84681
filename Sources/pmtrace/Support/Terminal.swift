import Glibc
import PagemapReport

/// What goes to standard error: talk, never results.
enum Terminal {
  /// One line, `pmtrace: …`, whatever the text holds.
  static func complain(_ text: String) { write("pmtrace: \(UntrustedText.escaped(text))\n") }

  /// The descriptor of standard error.
  static let errors = STDERR_FILENO

  /// Writes to standard error; that nobody listens is no failure.
  static func write(_ text: String) { write(Array(text.utf8)) }

  /// The same for bytes that are text already.
  static func write(_ bytes: [UInt8]) {
    bytes.withUnsafeBytes { _ = Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
  }

  /// Lets no command that is started inherit more than the three usual descriptors.
  static func keepDescriptorsFromChildren() {
    for descriptor in 3..<Int32(256) { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
  }

  /// Whether a descriptor is a terminal that a whole screen can be drawn on.
  static func canShowView(_ descriptor: Int32) -> Bool {
    guard isatty(descriptor) == 1, let terminal = getenv("TERM") else { return false }
    return strcmp(terminal, "dumb") != 0
  }

  /// The columns and lines of a terminal; 80 by 24 where it does not tell.
  static func size(of descriptor: Int32) -> (width: Int, height: Int) {
    var size = winsize()
    guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0 else {
      return (80, 24)
    }
    return (Int(size.ws_col), Int(size.ws_row))
  }

  /// Whether a descriptor is a terminal that wants colours (no-color.org).
  static func showsColor(_ descriptor: Int32) -> Bool {
    guard isatty(descriptor) == 1 else { return false }
    if let wish = getenv("NO_COLOR"), wish.pointee != 0 { return false }
    guard let terminal = getenv("TERM") else { return false }
    return strcmp(terminal, "dumb") != 0
  }
}

/// A line on standard error that says how far the analysis of a file is; only for terminals.
struct Progress {
  /// Whether it is shown at all.
  let isShown: Bool
  private let path: String
  private var last = ContinuousClock.now
  private var hasLine = false

  init(path: String, isWanted: Bool) {
    self.path = path
    isShown = isWanted && isatty(STDERR_FILENO) == 1
  }

  /// Shows how many records were read, at most ten times a second.
  mutating func update(records: UInt64) {
    let now = ContinuousClock.now
    guard isShown, now - last >= .milliseconds(100) else { return }
    last = now
    hasLine = true
    Terminal.write("\r\u{1b}[Kpmtrace: \(UntrustedText.escaped(path)): \(records) records")
  }

  /// Takes the line away.
  mutating func finish() {
    if hasLine { Terminal.write("\r\u{1b}[K") }
    hasLine = false
  }
}
