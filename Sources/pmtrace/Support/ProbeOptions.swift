import ArgumentParser
import Glibc
import NameMatching
import PagemapEvents
import PagemapProbes
import TraceControl

extension ProbeSet: ExpressibleByArgument {}

/// Where tracing is, and which probes: for every command on the running kernel.
struct ProbeOptions: ParsableArguments {
  @OptionGroup
  var choice: ProbeChoice

  @OptionGroup
  var place: TracefsOption

  /// The tracing directory; nil to look for it.
  var tracefs: String? { place.tracefs }

  /// The probes to try, with their definitions as tracefs takes them.
  func wanted() throws -> [WantedProbe] { try choice.planned().map(\.wanted) }

  /// Those of the probes at which a reference changes hands.
  func stackEvents() throws -> [TraceControl.EventName] {
    try choice.planned().filter { $0.kind.map(ProbeCatalogue.stackKinds.contains) ?? false }
      .map(\.wanted.name)
  }
}

/// Where tracing is.
struct TracefsOption: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The tracing directory, where it is not /sys/kernel/tracing.", valueName: "DIR"))
  var tracefs: String?
}

/// Which probes a command is about: those of a set, or definitions of a file.
struct ProbeChoice: ParsableArguments {
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

  /// The set of this name; a usage error that names the nearest one where there is none.
  static func set(named text: String) throws -> ProbeSet {
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

  /// What the probes are called: the set, or the file's name.
  var title: String {
    file.map { $0.split(separator: "/").last.map(String.init) ?? $0 } ?? chosenSet.rawValue
  }

  /// The probes, each with what is known of it.
  ///
  /// - Throws: `ValidationError` with file and line where the user's file holds anything else.
  func planned() throws -> [PlannedProbe] {
    guard let file else { return ProbeCatalogue.probes(of: chosenSet).map(PlannedProbe.init) }
    do {
      return try ProbeDefinition.file(try contents(of: file)).map(PlannedProbe.init(own:))
    } catch let error as ProbeDefinition.SyntaxError {
      throw ValidationError("\(file):\(error.line): \(error.reason)")
    }
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

/// A probe to try, and what is known of it.
struct PlannedProbe {
  /// Its definitions, the preferred one first.
  let definitions: [ProbeDefinition]
  /// What its event means; nil where no table knows it.
  let kind: PagemapEvent.Kind?
  /// The module whose function it probes; nil where none must be loaded.
  let module: String?

  /// A probe of the catalogue. Whichever of its definitions the kernel takes, it has one name.
  init(_ probe: CatalogueProbe) {
    definitions = probe.candidates.map { definition in
      var definition = definition
      definition.event = probe.event
      return definition
    }
    kind = probe.kind
    module = probe.module
  }

  /// A probe of the user's own.
  init(own definition: ProbeDefinition) {
    definitions = [definition]
    kind = CatalogueProbe(own: definition)?.kind
    module = definition.module
  }

  /// The same for tracefs.
  var wanted: WantedProbe {
    WantedProbe(
      group: definitions.first?.group ?? "", event: definitions.first?.event ?? "",
      candidates: definitions.map(\.line))
  }
}
