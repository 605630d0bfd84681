import Glibc
import PagemapReport

/// The terminal's screen while a view is shown, and what the command prints meanwhile.
final class StreamScreen {
  /// Whether the view is on the screen.
  private(set) var isShown = false
  /// Where the command's output goes while a view is shown; nil where it goes its own way.
  let commandOutput: Int32?
  private let isWanted: Bool

  /// - Parameter hasCommand: whether a command is run, whose output would be all over the view.
  init(isWanted: Bool, hasCommand: Bool) {
    self.isWanted = isWanted
    guard isWanted, hasCommand else {
      commandOutput = nil
      return
    }
    // A file without a name: it is gone when the last of its users is.
    var template = Array("/tmp/pmtrace-XXXXXX".utf8CString)
    let file = mkstemp(&template)
    commandOutput = file >= 0 ? file : nil
    guard file >= 0 else { return }
    unlink(template)
    _ = fcntl(file, F_SETFD, FD_CLOEXEC)
    _ = fcntl(file, F_SETFL, O_APPEND)
  }

  deinit { if let commandOutput { close(commandOutput) } }

  /// Takes the screen, where a view is wanted.
  func enter() throws {
    guard isWanted, !isShown else { return }
    try Output.printHeld(LiveView.enter)
    isShown = true
  }

  /// Gives the screen back.
  func leave() {
    guard isShown else { return }
    isShown = false
    do throws(InternalFailure) { try Output.printHeld(LiveView.leave) } catch {
      // Nobody is there to see it.
    }
  }

  /// Prints what the command has printed.
  func showCommandOutput() throws {
    guard let commandOutput else { return }
    var offset: off_t = 0
    var piece = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = pread(commandOutput, &piece, piece.count, offset)
      guard count > 0 else { return }
      try Output.printHeld(Array(piece[..<count]))
      offset += off_t(count)
    }
  }
}
