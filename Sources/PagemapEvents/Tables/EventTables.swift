/// All tables, and the way from a recorded name to a row of them.
package enum EventTables {
  /// Counts the changes of the tables that alter what a recording is read as.
  package static let version = 3

  /// The rows of all tables, in their order, and behind them one for each kind that has none.
  package static let rows: [EventRow] = {
    let declared =
      EventTable.pagemap + EventTable.cache + EventTable.gpusvm + EventTable.driver + EventTable.mm
      + EventTable.xe + EventTable.xeSvm
    let kinds = Set(declared.map(\.kind))
    let others = PagemapEvent.Kind.allCases.filter { !kinds.contains($0) }
    return declared + others.map(EventRow.init(usual:))
  }()

  /// The systems whose every event should be known: an event of theirs that no row knows is told.
  package static let systems: Set<String> = [
    "drm_pagemap", "drm_gpusvm", "xe_svm", "xe_svm_dynamic",
  ]

  /// The systems in which rows are known by their short names, too: those of probes on xe.
  package static let shortSystems: Set<String> = ["xe_svm", "xe_svm_dynamic"]

  /// Prefixes of kernel functions that these systems trace, for names without a system (text).
  package static let prefixes = [
    "drm_pagemap_", "__drm_pagemap_", "drm_gpusvm_", "xe_svm_", "__xe_svm_", "xe_pagemap_",
    "xe_drm_pagemap_",
  ]

  /// The index in `rows` of the row for a name and a phase; nil where no row knows it.
  package static func row(
    named name: String, in phase: PagemapEvent.Kind.Phase, system: String = ""
  ) -> Int? {
    let key = Key(name: name, phase: phase)
    return index[key] ?? (shortSystems.contains(system) ? shortIndex[key] : nil)
  }

  private struct Key: Hashable {
    var name: String
    var phase: PagemapEvent.Kind.Phase
  }

  private static let index = places(of: \.names)
  private static let shortIndex = places(of: \.shortNames)

  private static func places(of names: (EventRow) -> [String]) -> [Key: Int] {
    var index: [Key: Int] = [:]
    for (place, row) in rows.enumerated() {
      for name in names(row) { index[Key(name: name, phase: row.phase)] = place }
    }
    return index
  }
}

/// A recorded event name taken apart: the kernel function it stands for, and where in it.
///
/// Probes are named by people and by tools: `drm_pagemap_put_ret`, `drm_pagemap_put__return`,
/// `drm_pagemap_put__exit`, `r_drm_pagemap_put_0`, `drm_pagemap_dev_hold_isra_0`. The name as it
/// stands comes first, so that no function is mistaken for another one's suffixed name.
package struct EventName: Hashable, Sendable {
  /// The rows' indices for entry, return and tracepoint; nil where there is none.
  package var entry: Int?
  package var `return`: Int?
  package var tracepoint: Int?
  /// What the spelling says of the phase; nil where it says nothing.
  package var spelledPhase: PagemapEvent.Kind.Phase?

  /// Finds the rows for a name; nil where no table knows it. Text does not tell the system.
  package init?(_ recorded: String, system: String = "") {
    for (name, phase) in Self.readings(of: recorded) {
      entry = EventTables.row(named: name, in: .entry, system: system)
      self.return = EventTables.row(named: name, in: .return, system: system)
      tracepoint = EventTables.row(named: name, in: .tracepoint, system: system)
      spelledPhase = phase
      if entry != nil || self.return != nil || tracepoint != nil { return }
    }
    return nil
  }

  /// What the event of a probe of this name means; nil where no row knows it. Where the spelling says
  /// nothing of the phase, the probe does.
  package func kind(isReturn: Bool) -> PagemapEvent.Kind? {
    let isReturn = spelledPhase.map { $0 == .return } ?? isReturn
    let row = isReturn ? self.return : entry ?? self.return
    return row.map { EventTables.rows[$0].kind }
  }

  private typealias Reading = (name: String, phase: PagemapEvent.Kind.Phase?)

  private static let suffixes: [(String, PagemapEvent.Kind.Phase)] = [
    ("__return", .return), ("__exit", .return), ("_return", .return), ("_exit", .return),
    ("_ret", .return), ("__entry", .entry), ("_entry", .entry),
  ]

  /// The name as it stands, then with more and more taken off.
  private static func readings(of recorded: String) -> [Reading] {
    var readings: [Reading] = [(recorded, nil)]
    var base = recorded
    var phase: PagemapEvent.Kind.Phase?
    if let (name, spelled) = withoutProbePrefix(recorded) {
      (base, phase) = (name, spelled)
      readings.append((base, phase))
    } else if let (suffix, spelled) = suffixes.first(where: { recorded.hasSuffix($0.0) }) {
      (base, phase) = (String(recorded.dropLast(suffix.count)), spelled)
      readings.append((base, phase))
    }
    while let shorter = withoutCompilerSuffix(base) {
      base = shorter
      readings.append((base, phase))
    }
    return readings
  }

  /// `p_NAME_0` and `r_NAME_0`: what the kernel calls probes that nobody named.
  private static func withoutProbePrefix(_ name: String) -> (String, PagemapEvent.Kind.Phase)? {
    guard name.hasPrefix("p_") || name.hasPrefix("r_"), name.utf8.last == UInt8(ascii: "0"),
      name.dropLast().utf8.last == UInt8(ascii: "_")
    else { return nil }
    return (String(name.dropFirst(2).dropLast(2)), name.hasPrefix("p_") ? .entry : .return)
  }

  /// `NAME.isra.0`, `NAME_constprop_0`, `NAME.part.1`: copies that the compiler made.
  private static func withoutCompilerSuffix(_ name: String) -> String? {
    let stem = name.utf8.reversed().drop { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    guard stem.count < name.utf8.count else { return nil }
    let text = String(decoding: stem.reversed(), as: UTF8.self)
    for kind in ["isra", "constprop", "part", "cold"] {
      for separator in [".", "_"] where text.hasSuffix("\(separator)\(kind)\(separator)") {
        return String(text.dropLast(kind.count + 2))
      }
    }
    return nil
  }
}
