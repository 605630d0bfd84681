package import PagemapEvents

/// A probe of the catalogue: what it shows, and the definitions that make it, the best one first.
package struct CatalogueProbe: Hashable, Sendable {
  /// What its event means.
  package var kind: PagemapEvent.Kind
  /// Its definitions: the first that a kernel takes is the one.
  package var definitions: [ProbeDefinition]
  /// The module whose function it probes; nil where the function is always there.
  package var module: String?
  /// Further definitions that plain lists hold beside the preferred one, by their events: the sets
  /// whose lists do. A kernel takes one of the two and refuses the other.
  package var listed: [String: Set<ProbeSet>] = [:]

  package init(kind: PagemapEvent.Kind, definitions: [ProbeDefinition], module: String? = nil) {
    self.kind = kind
    self.definitions = definitions
    self.module = module
  }

  /// The group of its preferred definition.
  package var group: String { definitions.first?.group ?? "" }

  /// The event's name of its preferred definition; others may have another one.
  package var event: String { definitions.first?.event ?? "" }

  /// What to try, in this order: the definitions, then kprobes for those that are fprobes.
  package var candidates: [ProbeDefinition] { definitions + definitions.compactMap(\.asKprobe) }

  /// A probe of the user's own: what it shows is for the tables to say.
  package init?(own definition: ProbeDefinition) {
    let name = EventName(definition.event, system: definition.group)
    guard let kind = name?.kind(isReturn: definition.isReturn) else { return nil }
    self.init(kind: kind, definitions: [definition])
  }
}

// MARK: - What the catalogue is written with

extension CatalogueProbe {
  /// A probe on a function by fprobe, under the function's own name unless it is given one.
  /// `offsets` are the fields for kernels without typecasts.
  static func function(
    _ kind: PagemapEvent.Kind, _ arguments: String = "", offsets: String? = nil,
    function: String? = nil, event: String? = nil, form: ProbeDefinition.Form = .names
  ) -> CatalogueProbe {
    let isReturn = kind.origin.phase == .return
    let function = function ?? kind.origin.function
    func definition(_ arguments: String, _ form: ProbeDefinition.Form) -> ProbeDefinition {
      ProbeDefinition(
        type: "f", group: "", event: event ?? function + (isReturn ? "_ret" : ""),
        target: function + (isReturn ? "%return" : ""), arguments: words(arguments), form: form)
    }
    let preferred = definition(arguments, offsets == nil ? form : .typecasts)
    let other = offsets.map { definition($0, .offsets) }
    return CatalogueProbe(kind: kind, definitions: [preferred] + (other.map { [$0] } ?? []))
  }

  /// A probe on an address by kprobe, arguments by register; its event has the function's name
  /// without what the compiler put behind it, unless it is given one.
  static func address(
    _ kind: PagemapEvent.Kind, _ target: String, _ arguments: String, event: String? = nil,
    form: ProbeDefinition.Form = .suffixed
  ) -> CatalogueProbe {
    let isReturn = kind.origin.phase == .return
    var probe = ProbeDefinition(
      type: isReturn ? "r" : "p", group: "", event: event ?? "", target: target,
      arguments: words(arguments), form: form)
    if event == nil {
      probe.event = probe.symbol.prefix { $0 != "." } + (isReturn ? "_ret" : "")
    }
    return CatalogueProbe(kind: kind, definitions: [probe])
  }

  /// The same probe, and the definitions of another one behind its own, which the plain lists of
  /// `sets` hold as well.
  func or(_ other: CatalogueProbe, listedIn sets: Set<ProbeSet> = []) -> CatalogueProbe {
    var probe = self
    probe.definitions += other.definitions
    if !sets.isEmpty { probe.listed[other.event] = sets }
    return probe
  }

  /// Fields for the first entries of an array: `s0=+0(src_pfns):x64 s1=+8(src_pfns):x64 …`.
  static func entries(_ letter: String, of array: String, stride: Int = 8) -> String {
    (0..<16).map { "\(letter)\($0)=+\($0 * stride)(\(array)):x64" }.joined(separator: " ")
  }

  private static func words(_ text: String) -> [String] {
    text.split(separator: " ").map(String.init)
  }
}

extension [CatalogueProbe] {
  /// The same probes, their events in this group, their functions in this module.
  func placed(in group: String, of module: String?) -> [CatalogueProbe] {
    map { probe in
      var probe = probe
      probe.module = module
      for index in probe.definitions.indices { probe.definitions[index].group = group }
      return probe
    }
  }
}
