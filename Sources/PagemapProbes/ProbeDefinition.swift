/// A dynamic event as tracefs takes it: what is probed, under which name, with which fields.
///
/// `f:drm_pagemap/drm_pagemap_put drm_pagemap_put dpagemap ref=dpagemap->ref.refcount.refs.counter`
package struct ProbeDefinition: Hashable, Sendable {
  /// The first letter: `f` a function by fprobe, `p` an address, `r` a return, `t` a tracepoint,
  /// `e` another event.
  package var type: Character
  /// What stands behind the letter: how many calls may be open at once, `r16`.
  package var limit: String
  /// The group of events, which is the system that they are recorded under.
  package var group: String
  /// The event's name in its group.
  package var event: String
  /// What is probed, as it is written: `drm_pagemap_put%return`, `pmfake:pmf_copy_to_ram`,
  /// `/usr/bin/program:0x1139`.
  package var target: String
  /// The fields, one each.
  package var arguments: [String]
  /// Why it is written this way, and the kernels that it is for.
  package var form: Form

  package init(
    type: Character, limit: String = "", group: String, event: String, target: String,
    arguments: [String], form: Form = .own
  ) {
    self.type = type
    self.limit = limit
    self.group = group
    self.event = event
    self.target = target
    self.arguments = arguments
    self.form = form
  }

  /// Why a definition is written the way it is.
  package enum Form: Hashable, Sendable, CaseIterable {
    /// Arguments by their names, members by `->`.
    case names
    /// A pointer is cast to a structure: `(drm_pagemap,ref)ref->drm`.
    case typecasts
    /// Members by their offsets where names would need a cast.
    case offsets
    /// A function under the name that the compiler gave its copy, arguments by register.
    case suffixed
    /// The same function where the compiler left its name alone.
    case unsuffixed
    /// An instruction within a function.
    case instruction
    /// A function of an older kernel.
    case older
    /// Made from one of the others, with a kprobe instead of an fprobe.
    case kprobe
    /// The user's own.
    case own

    /// The kernels that it is for, in words.
    package var kernels: String {
      switch self {
      case .names: "7.2 and later, with BTF"
      case .typecasts: "7.3 and later, with BTF"
      case .offsets: "7.2 and later"
      case .suffixed: "builds whose compiler made a copy of the function, x86-64"
      case .unsuffixed: "builds that kept the function as it is"
      case .instruction: "Debian's build of 7.3.4, x86-64"
      case .older: "7.2"
      case .kprobe: "kernels with kprobes and without fprobes"
      case .own: "those that take it"
      }
    }
  }
}

extension ProbeDefinition {
  /// The text that is written to `dynamic_events`, without a line end.
  package var line: String {
    (["\(type)\(limit):\(group)/\(event)", target] + arguments).joined(separator: " ")
  }

  /// The event as trace-cmd and the trace name it: `drm_pagemap:drm_pagemap_put`.
  package var name: String { "\(group):\(event)" }

  /// Whether it fires when the function returns.
  package var isReturn: Bool { type == "r" || target.hasSuffix("%return") }

  /// Whether it probes a program's file, not the kernel.
  package var isUser: Bool { "pr".contains(type) && target.hasPrefix("/") }

  /// The kernel function, without module, offset and `%return`; for programs the target as it is.
  package var symbol: String {
    if isUser { return target }
    let function = target.split(separator: ":").last.map(String.init) ?? target
    return String(function.prefix { $0 != "%" && $0 != "+" })
  }

  /// The module that the target names; nil where it names none.
  package var module: String? {
    let parts = target.split(separator: ":")
    return isUser || parts.count < 2 ? nil : parts.first.map(String.init)
  }

  /// The same probe for kernels that have no fprobes: `p` at the entry, `r` at the return. Nil where
  /// it is no fprobe.
  package var asKprobe: ProbeDefinition? {
    guard type == "f" else { return nil }
    var probe = self
    probe.type = isReturn ? "r" : "p"
    if isReturn { probe.target = String(target.dropLast("%return".count)) }
    probe.form = .kprobe
    return probe
  }
}

extension ProbeDefinition {
  /// The same probe without the field that marks one as pmtrace's own in `dynamic_events`, as
  /// TraceControl's `Ownership` adds it.
  package var unmarked: ProbeDefinition {
    var probe = self
    if let last = arguments.last, last.hasPrefix("pmtrace=\\") { probe.arguments.removeLast() }
    return probe
  }
}
