import PagemapEvents
package import PagemapProbes
package import PagemapRules

/// What `pmtrace probes check` prints.
package enum ProbeReport {
  /// The version of its shape as JSON.
  package static let schema = "pmtrace.probes/1"

  /// The check for people: what loads, what does not and why, and which rules it is enough for.
  package static func text(
    _ check: ProbeCheck, rules: [RuleMetadata], options: RenderOptions
  ) -> [UInt8] {
    var page = TextPage(options: options)
    page.line([Span(headline(check), .strong)])
    if options.quiet { return page.bytes }
    groups(check, &page)
    others(check, &page)
    refused(check, &page)
    decided(check, rules, &page)
    return page.bytes
  }

  private static func headline(_ check: ProbeCheck) -> String {
    let counts = check.counts()
    let usable = counts.loaded + counts.present
    let kernel = check.kernel.map { " on \($0)" } ?? ""
    return "\(usable) of the \(check.probes.count) probes of \(check.set) can be used\(kernel)"
  }

  private static func groups(_ check: ProbeCheck, _ page: inout TextPage) {
    page.heading("Probes")
    var table = TextTable([
      ("group", .left), ("load", .right), ("there already", .right), ("refused", .right),
      ("no module", .right),
    ])
    for group in check.groups {
      let counts = check.counts(of: group)
      table.add([
        Span(group), Span("\(counts.loaded)"), Span("\(counts.present)"),
        Span("\(counts.refused)", counts.refused > 0 ? .caution : .plain),
        Span("\(counts.moduleMissing)", counts.moduleMissing > 0 ? .caution : .plain),
      ])
    }
    table.write(to: &page, indent: 2)
    for (module, count) in check.missingModules {
      page.hanging(
        [Span("\(module) ", .caution)],
        Span("is not loaded: \(count) of the probes are for it; 'modprobe \(module)' loads it"),
        indent: 2)
    }
  }

  /// Probes that are not what the catalogue prefers: of another form, or somebody's own.
  private static func others(_ check: ProbeCheck, _ page: inout TextPage) {
    var table = TextTable([("", .left), ("", .left)])
    var isEmpty = true
    for probe in check.probes {
      switch probe.outcome {
      case .loaded(let definition, isPreferred: false):
        table.add([Span(probe.name), Span("written for \(definition.form.kernels)")])
      case .present(let owner): table.add([Span(probe.name), Span(owner.words)])
      default: continue
      }
      isEmpty = false
    }
    guard !isEmpty else { return }
    page.heading("Other definitions than the usual ones")
    table.write(to: &page, indent: 2, narrow: 30)
  }

  private static func refused(_ check: ProbeCheck, _ page: inout TextPage) {
    var table = TextTable([("", .left), ("", .left)])
    var isEmpty = true
    for probe in check.probes {
      guard case .refused(let reason) = probe.outcome else { continue }
      table.add([Span(probe.name), Span(reason)])
      isEmpty = false
    }
    guard !isEmpty else { return }
    page.heading("Refused by this kernel")
    table.write(to: &page, indent: 2, narrow: 30)
  }

  private static func decided(
    _ check: ProbeCheck, _ rules: [RuleMetadata], _ page: inout TextPage
  ) {
    guard !rules.isEmpty else { return }
    page.heading("Rules")
    let decidable = rules.filter { check.missing(for: $0).isEmpty }
    page.labelled("decided", Span(words(decidable.map(\.id.description))))
    var table = TextTable([("", .left), ("", .left), ("", .left)])
    for rule in rules {
      let missing = check.missing(for: rule)
      if missing.isEmpty { continue }
      table.add([
        Span(rule.id.description), Span(rule.slug),
        Span("not decided without " + missing.map(any).joined(separator: ", and ")),
      ])
    }
    table.write(to: &page, indent: 2, narrow: 30)
  }

  private static func words(_ names: [String]) -> String {
    names.isEmpty ? "none" : names.joined(separator: " ")
  }

  private static func any(of kinds: [PagemapEvent.Kind]) -> String {
    kinds.map(\.label).joined(separator: " or ")
  }
}

extension ProbeCheck.Owner {
  /// Whose it is, in words.
  var words: String {
    switch self {
    case .run: "there already: a run of pmtrace uses it"
    case .installation: "there already: installed by pmtrace"
    case .user: "there already, not by pmtrace: used as it is"
    }
  }
}

// MARK: - For machines

extension ProbeReport {
  /// The check as JSON: `Documentation/Schemas/pmtrace.probes-1.schema.json`.
  package static func json(_ check: ProbeCheck, rules: [RuleMetadata]) -> [UInt8] {
    let counts = check.counts()
    return JSONValue.object([
      "schema": .string(schema),
      "set": .string(check.set),
      "kernel": .optional(check.kernel),
      "counts": .object([
        "probes": .signed(Int64(check.probes.count)),
        "loaded": .signed(Int64(counts.loaded)),
        "present": .signed(Int64(counts.present)),
        "refused": .signed(Int64(counts.refused)),
        "moduleMissing": .signed(Int64(counts.moduleMissing)),
      ]),
      "probes": .array(check.probes.map(json)),
      "rules": .array(rules.map { json($0, check) }),
    ]).serialized()
  }

  private static func json(_ probe: ProbeCheck.Probe) -> JSONValue {
    var members: [String: JSONValue] = [
      "name": .string(probe.name), "event": .optional(probe.kind?.label), "definition": .null,
      "kernels": .null, "isPreferred": .null, "owner": .null, "reason": .null, "module": .null,
    ]
    switch probe.outcome {
    case .loaded(let definition, let isPreferred):
      members["outcome"] = .string("loaded")
      members["definition"] = .string(definition.line)
      members["kernels"] = .string(definition.form.kernels)
      members["isPreferred"] = .bool(isPreferred)
    case .present(let owner):
      members["outcome"] = .string("present")
      members["owner"] = .string(owner.rawValue)
    case .refused(let reason):
      members["outcome"] = .string("refused")
      members["reason"] = .string(reason)
    case .moduleMissing(let module):
      members["outcome"] = .string("module-missing")
      members["module"] = .string(module)
    }
    return .object(members)
  }

  private static func json(_ rule: RuleMetadata, _ check: ProbeCheck) -> JSONValue {
    let missing = check.missing(for: rule)
    return .object([
      "id": .string(rule.id.description),
      "slug": .string(rule.slug),
      "decided": .bool(missing.isEmpty),
      "missing": .array(missing.map { .array($0.map { .string($0.label) }) }),
    ])
  }
}
