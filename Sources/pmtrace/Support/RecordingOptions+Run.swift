import PagemapEvents
import PagemapProbes
import TraceControl

extension RecordingOptions {
  /// What is traced, for TraceControl.
  func configuration() throws -> TracingConfiguration {
    var configuration = TracingConfiguration()
    configuration.directory = probes.tracefs
    configuration.probes = try probes.wanted()
    configuration.events = event
    configuration.optionalEvents = ProbeCatalogue.tracepoints.map {
      TraceControl.EventName(system: $0.system, event: $0.event)
    }
    configuration.stacks = stacks ? try probes.stackEvents() : []
    configuration.settings.clock = clock
    configuration.settings.bufferKibibytes = Int(clamping: bufferSize.kibibytes)
    configuration.settings.bufferPercent = 25
    return configuration
  }

  /// How long, and beside which command.
  var run: RunSettings {
    var settings = RunSettings()
    settings.command = command
    settings.starter = ["/proc/self/exe", Start.name]
    settings.duration = duration?.nanoseconds
    settings.settle = settle.nanoseconds
    settings.keepsAllSymbols = stacks || !event.isEmpty
    return settings
  }
}
