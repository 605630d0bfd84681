import Glibc

/// What this kernel's tracing can do for this process.
package struct TraceAbilities: Hashable, Sendable {
  /// `dynamic_events` is there.
  package var dynamicEvents = false
  /// Probes at any instruction of the kernel (`p:`, `r:`).
  package var kprobes = false
  /// Probes at a function's entry and return (`f:`).
  package var fprobes = false
  /// Probes in programs (`p:` with a path).
  package var uprobes = false
  /// Arguments by name and type (BTF).
  package var namedArguments = false
  /// Types that a definition may cast to, `(STRUCT,MEMBER)argument->field`.
  package var typecasts = false
  /// Stack traces as triggers of events.
  package var stackTriggers = false
  /// The clocks that a buffer may use.
  package var clocks: [String] = []
  /// The lockdown the kernel is in; nil where it is in none.
  package var lockdown: String?
  /// What is missing, a line each, with what helps or what works without it.
  package var limits: [ControlError] = []

  package init() {}
}

extension Tracefs {
  /// What can be done here. It reads a few files and changes nothing.
  package var abilities: TraceAbilities {
    var abilities = TraceAbilities()
    let readme = readme
    abilities.dynamicEvents = has("dynamic_events")
    abilities.kprobes = hasKprobes
    abilities.fprobes = hasFprobes
    abilities.uprobes = hasUprobes
    abilities.namedArguments = readme.contains("<argname>") && hasBTF
    abilities.typecasts = readme.contains("(structname")
    abilities.stackTriggers = readme.contains("stacktrace")
    abilities.clocks = clocks
    abilities.lockdown = kernel.lockdown
    abilities.limits = limits(of: abilities)
    return abilities
  }

  private var readme: String { SystemFiles.textIfReadable(path("README")) ?? "" }

  var hasKprobes: Bool { has("kprobe_events") }
  var hasUprobes: Bool { has("uprobe_events") }
  var hasFprobes: Bool { readme.contains("f[:[<group>/][<event>]]") }

  private var btf: String { "\(kernel.sys)/kernel/btf/vmlinux" }
  private var hasBTF: Bool { SystemFiles.exists(btf) }

  private var clocks: [String] {
    (SystemFiles.textIfReadable(path("trace_clock")) ?? "")
      .split { " \n[]".contains($0) }.map(String.init)
  }

  private func limits(of abilities: TraceAbilities) -> [ControlError] {
    var limits: [ControlError] = []
    if let mode = abilities.lockdown {
      limits.append(
        ControlError(
          .lockedDown, "the kernel is locked down (\(mode)): it may refuse probes",
          advice: "see \(kernel.sys)/kernel/security/lockdown"))
    }
    guard abilities.dynamicEvents else {
      limits.append(noDynamicEvents)
      return limits
    }
    if !kernel.mayUse(path("dynamic_events"), R_OK | W_OK) {
      limits.append(.missingRight(path("dynamic_events"), to: "changing"))
    }
    if !abilities.fprobes { limits.append(noFprobes(abilities)) }
    if !abilities.kprobes {
      limits.append(
        ControlError(
          .unsupported, "\(path("kprobe_events")) is not there: no probes by kprobe",
          advice: "boot a kernel with CONFIG_KPROBE_EVENTS"))
    }
    if !hasBTF {
      limits.append(
        ControlError(
          .unsupported, "\(btf) is not there: no arguments by name",
          advice: "definitions by offsets work; else boot a kernel with CONFIG_DEBUG_INFO_BTF"))
    }
    return limits
  }

  /// Why no probe can be added at all.
  var noDynamicEvents: ControlError {
    ControlError(
      .unsupported, "\(path("dynamic_events")) is not there: this kernel takes no probes",
      advice: "boot a kernel with CONFIG_DYNAMIC_EVENTS, or record its own events by --event")
  }

  private func noFprobes(_ abilities: TraceAbilities) -> ControlError {
    ControlError(
      .unsupported, "\(path("README")) knows no fprobe: no probes of functions by `f:`",
      advice: abilities.kprobes
        ? "definitions by kprobe (`p:`, `r:`) work; else boot one with CONFIG_FPROBE_EVENTS"
        : "boot a kernel with CONFIG_FPROBE_EVENTS")
  }

  /// - Throws: `ControlError` where no instance can be made.
  func requireInstances() throws(ControlError) {
    try require(R_OK | W_OK | X_OK, "instances", to: "making a directory in")
  }

  /// - Throws: `ControlError` where probes can neither be listed nor changed.
  func requireProbes() throws(ControlError) {
    guard has("dynamic_events") else { throw noDynamicEvents }
    try require(R_OK | W_OK, "dynamic_events", to: "changing")
  }
}
