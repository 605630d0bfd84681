package import PagemapEvents
package import PagemapRules

/// What a kernel makes of probes: the result of `pmtrace probes check`.
package struct ProbeCheck: Hashable, Sendable {
  /// Which probes were tried: a set's name, or a file's.
  package var set: String
  /// The kernel's release; nil where it is not known.
  package var kernel: String?
  /// The probes, in the order they were tried in.
  package var probes: [Probe]

  package init(set: String, kernel: String?, probes: [Probe]) {
    self.set = set
    self.kernel = kernel
    self.probes = probes
  }

  /// A probe that was tried.
  package struct Probe: Hashable, Sendable {
    /// Its event, `GROUP:NAME`.
    package var name: String
    /// What its event means; nil where no table knows it.
    package var kind: PagemapEvent.Kind?
    /// What became of it.
    package var outcome: Outcome

    package init(name: String, kind: PagemapEvent.Kind?, outcome: Outcome) {
      self.name = name
      self.kind = kind
      self.outcome = outcome
    }

    /// Whether its event can be recorded.
    package var isUsable: Bool {
      switch outcome {
      case .loaded, .present: true
      case .refused, .moduleMissing: false
      }
    }
  }

  /// What became of a probe.
  package enum Outcome: Hashable, Sendable {
    /// The kernel takes this definition; `isPreferred` where it is the first of the probe's.
    case loaded(ProbeDefinition, isPreferred: Bool)
    /// An event of this name is there already, and is used as it is.
    case present(Owner)
    /// The kernel takes none of its definitions; the kernel's word on the first, in one line.
    case refused(reason: String)
    /// The module whose function it probes is not loaded.
    case moduleMissing(String)
  }

  /// Who added a probe that is there already.
  package enum Owner: String, Hashable, Sendable, CaseIterable {
    /// A run of pmtrace.
    case run
    /// `pmtrace probes install`.
    case installation
    /// Somebody else, whose probes are left alone.
    case user
  }
}

extension ProbeCheck {
  /// The kinds of events that can be recorded.
  package var kinds: Set<PagemapEvent.Kind> {
    Set(probes.filter(\.isUsable).compactMap(\.kind))
  }

  /// How many probes have an outcome.
  package struct Counts: Hashable, Sendable {
    /// Those that the kernel takes.
    package var loaded = 0
    /// Those whose events are there already.
    package var present = 0
    /// Those that the kernel refuses in every form.
    package var refused = 0
    /// Those on modules that are not loaded.
    package var moduleMissing = 0
  }

  /// The counts of all probes, or of those of a group.
  package func counts(of group: String? = nil) -> Counts {
    var counts = Counts()
    for probe in probes where group == nil || probe.group == group {
      switch probe.outcome {
      case .loaded: counts.loaded += 1
      case .present: counts.present += 1
      case .refused: counts.refused += 1
      case .moduleMissing: counts.moduleMissing += 1
      }
    }
    return counts
  }

  /// The groups of the probes, in their order.
  package var groups: [String] {
    probes.map(\.group).reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
  }

  /// The modules that are not loaded, each with the number of probes that it costs.
  package var missingModules: [(name: String, probes: Int)] {
    var found: [(name: String, probes: Int)] = []
    for case .moduleMissing(let name) in probes.map(\.outcome) {
      if let place = found.firstIndex(where: { $0.name == name }) {
        found[place].probes += 1
      } else {
        found.append((name, 1))
      }
    }
    return found
  }

  /// What keeps a rule from being decided: of each of its needs that no probe meets, the events.
  package func missing(for rule: RuleMetadata) -> [[PagemapEvent.Kind]] {
    rule.missing(from: kinds)
  }
}

extension ProbeCheck.Probe {
  /// The group of its event.
  package var group: String { name.split(separator: ":").first.map(String.init) ?? name }
}
