import ArgumentParser
import Glibc
import PagemapEvents
import TraceControl

extension ProbeSet: ExpressibleByArgument {}

/// Which probes, and where tracing is: for every command on the running kernel.
struct ProbeOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The probes. Without it those of main, and of xe where that driver is loaded.",
      valueName: "SET"),
    transform: Self.set(named:))
  var set: ProbeSet?

  @Option(
    name: .customLong("probes"),
    help: ArgumentHelp(
      "Probes of your own instead, a definition a line as dynamic_events takes it.",
      valueName: "FILE"))
  var file: String?

  @Option(
    help: ArgumentHelp(
      "The tracing directory, where it is not /sys/kernel/tracing.", valueName: "DIR"))
  var tracefs: String?

  /// The set of this name; a usage error that names the nearest one where there is none.
  private static func set(named text: String) throws -> ProbeSet {
    if let set = ProbeSet(rawValue: text) { return set }
    let names = ProbeSet.allCases.map(\.rawValue)
    let nearest = Nearest.to(text, among: names).map { "did you mean \($0)? " } ?? ""
    throw ValidationError(
      "There is no set of probes of this name; \(nearest)There are "
        + "\(names.joined(separator: ", ")).")
  }

  func validate() throws {
    if set != nil, file != nil { throw ValidationError("Give one of --set and --probes.") }
  }

  /// The set that is meant where no file is given.
  var chosenSet: ProbeSet {
    self.set ?? (access("/sys/module/xe", F_OK) == 0 ? .xe : .main)
  }

  /// The probes to try, with their definitions as tracefs takes them.
  ///
  /// - Throws: `ValidationError` with file and line where the user's file holds anything else.
  func wanted() throws -> [WantedProbe] {
    guard let file else { return ProbeCatalogue.probes(of: chosenSet).map(WantedProbe.init) }
    do {
      return try ProbeDefinition.file(try contents(of: file)).map {
        WantedProbe(group: $0.group, event: $0.event, candidates: [$0.line])
      }
    } catch let error as ProbeDefinition.SyntaxError {
      throw ValidationError("\(file):\(error.line): \(error.reason)")
    }
  }

  /// Those of the probes at which a reference changes hands.
  func stackEvents() throws -> [TraceControl.EventName] {
    guard file == nil else {
      return try wanted().map(\.name).filter { name in
        PagemapEvents.EventName(name.event, system: name.system)?.kind
          .map(ProbeCatalogue.stackKinds.contains) ?? false
      }
    }
    return ProbeCatalogue.probes(of: chosenSet)
      .filter { ProbeCatalogue.stackKinds.contains($0.kind) }
      .map { TraceControl.EventName(system: $0.group, event: $0.event) }
  }

  /// The text of a file of at most a megabyte.
  private func contents(of path: String) throws -> String {
    guard let stream = fopen(path, "re") else {
      throw ValidationError("\(path) cannot be read: \(String(cString: strerror(errno))).")
    }
    defer { fclose(stream) }
    var bytes = [UInt8](repeating: 0, count: 1 << 20)
    let count = fread(&bytes, 1, bytes.count, stream)
    guard count < bytes.count, ferror(stream) == 0 else {
      throw ValidationError("\(path) is no file of probes.")
    }
    return String(decoding: bytes[..<count], as: UTF8.self)
  }
}

extension WantedProbe {
  /// A probe of the catalogue. Whichever of its definitions the kernel takes, it has one name.
  init(_ probe: CatalogueProbe) {
    let candidates = probe.candidates.map { definition in
      var definition = definition
      definition.event = probe.event
      return definition.line
    }
    self.init(group: probe.group, event: probe.event, candidates: candidates)
  }
}
