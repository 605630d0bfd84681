import ArgumentParser
import Glibc

/// `pmtrace __start COMMAND…`: becomes the recorded command, but not before it is told to go on.
///
/// A recorder starts its command through this, so that tracing is on and its own threads are hidden
/// when the command's first instruction runs.
struct Start: ParsableCommand {
  static let name = "__start"
  static let configuration = CommandConfiguration(commandName: name, shouldDisplay: false)

  @Argument(parsing: .captureForPassthrough)
  var command: [String] = []

  func run() throws {
    signal(SIGPIPE, SIG_DFL)
    raise(SIGSTOP)
    var arguments = command.map { strdup($0) } + [nil]
    defer { for argument in arguments { free(argument) } }
    execvp(command.first ?? "", &arguments)
    let number = errno
    Terminal.complain(
      "\(command.first ?? ""): cannot be started: \(String(cString: strerror(number)))")
    throw ExitCode(number == ENOENT ? 127 : 126)
  }
}
