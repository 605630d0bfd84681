import ArgumentParser
import TraceControl
import TraceIngest

extension ControlError {
  /// The exit code of a command that fails for it: tracing is the input.
  var exitCode: ExitCode {
    switch code {
    case .noSuchEvent: .validationFailure
    default: ExitCode(3)
    }
  }
}

/// Turns what stops a command on the running kernel into one line and an exit code.
func reporting<Result>(_ body: () throws -> Result) throws -> Result {
  do {
    return try body()
  } catch let error as ControlError {
    Terminal.complain(error.description)
    throw error.exitCode
  } catch let error as InternalFailure {
    if error.isClosedOutput { Output.endByClosedOutput() }
    throw error
  } catch let error as RecordingError {
    throw InternalFailure(description: error.description)
  } catch let error as IngestError {
    Terminal.complain("the running kernel: \(error)")
    throw ExitCode(3)
  }
}
