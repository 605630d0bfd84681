/// The probes there are, by the sets that recordings are made with. A probe of a newer kernel, or of
/// another driver, is a line in one of the lists.
package enum ProbeCatalogue {
  /// The probes of a set, in the order of the kernel's files. Those of portable sets have only the
  /// definitions that need no typecasts.
  package static func probes(of set: ProbeSet) -> [CatalogueProbe] {
    switch set {
    case .base: core + gpusvm
    case .main: core + gpusvm + memory
    case .full: core + ranges + gpusvm
    case .all: core + ranges + gpusvm + memory + freed + passes + zddAllocation
    case .pages:
      core + gpusvm + memory + freed + arrays + mappings + ends + fakeCopies + fakeMappings
    case .portable: (core + memory).map(portable)
    case .pagesPortable:
      (core + memory + freed + arrays + mappings + fakeCopies).map(portable)
    case .xe: core + gpusvm + memory + xe
    }
  }

  /// A set's definitions as a plain list, for where nobody tries one after the other: of each probe
  /// the preferred one, and those that `listed` names for the set.
  package static func list(of set: ProbeSet) -> [ProbeDefinition] {
    probes(of: set).flatMap { probe in
      probe.definitions.prefix(1)
        + probe.definitions.dropFirst().filter { probe.listed[$0.event]?.contains(set) ?? false }
    }
  }

  /// Every probe of any set, once.
  package static let all: [CatalogueProbe] =
    core + ranges + gpusvm + memory + freed + passes + zddAllocation + arrays + mappings + ends
    + fakeCopies + fakeMappings + xe

  private static let core = lives + migrations + caches

  /// The same probe without the definitions that kernels before 7.3 refuse.
  private static func portable(_ probe: CatalogueProbe) -> CatalogueProbe {
    var probe = probe
    probe.definitions.removeAll { $0.form == .typecasts }
    return probe
  }
}
