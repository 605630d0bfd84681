import Glibc
package import TraceIngest

/// Which of the kernel's symbols a recording keeps.
package enum KeptSymbols: Hashable, Sendable {
  /// Addresses stay numbers.
  case none
  /// All; some megabytes.
  case all
  /// Only those of these modules.
  case modules(Set<String>)
}

extension TraceInstance {
  /// Reads what a recording of these events must tell of the kernel.
  ///
  /// - Throws: `ControlError` where a needed file cannot be read; those that only add names
  ///   (`printk_formats`, `saved_cmdlines`, symbols) may be missing.
  package func description(
    of events: [EventName], symbols: KeptSymbols
  ) throws(ControlError) -> RecordingDescription {
    var description = RecordingDescription()
    description.headerPage = try SystemFiles.read(tracefs.path("events/header_page"))
    description.headerEvent = try SystemFiles.read(tracefs.path("events/header_event"))
    let own = try EventList(directory: tracefs.directory).events(of: "ftrace")
    description.formats = try formats(own.map { EventName(system: "ftrace", event: $0) })
    description.formats += try formats(Set(events).sorted())
    description.printkFormats = bytes("printk_formats")
    description.commandLines = savedCommandLines
    description.symbols = tracefs.symbols(symbols)
    description.clock = clock
    description.uname = Tracefs.uname
    description.cpuCount = (try cpus().max() ?? 0) + 1
    return description
  }

  /// The names of tasks that the kernel saved; ask for it again at the end of a recording.
  package var savedCommandLines: [UInt8] { bytes("saved_cmdlines") }

  private func bytes(_ file: String) -> [UInt8] {
    do { return try SystemFiles.read(tracefs.path(file)) } catch { return [] }
  }

  private func formats(_ events: [EventName]) throws(ControlError) -> [EventFormatText] {
    var formats: [EventFormatText] = []
    for event in events {
      let text = try SystemFiles.read(tracefs.path("\(event.path)/format"))
      formats.append(EventFormatText(system: event.system, text: text))
    }
    return formats
  }
}

extension Tracefs {
  /// The lines of /proc/kallsyms that are wanted; nothing where it cannot be read.
  package func symbols(_ wanted: KeptSymbols) -> [UInt8] {
    guard wanted != .none else { return [] }
    let all: [UInt8]
    do { all = try SystemFiles.read("\(kernel.proc)/kallsyms") } catch { return [] }
    guard case .modules(let modules) = wanted else { return all }
    var kept: [UInt8] = []
    for line in all.split(separator: UInt8(ascii: "\n")) {
      // `ADDRESS TYPE NAME<tab>[MODULE]`
      guard line.last == UInt8(ascii: "]"), let bracket = line.lastIndex(of: UInt8(ascii: "["))
      else { continue }
      let module = String(decoding: line[(bracket + 1)...].dropLast(), as: UTF8.self)
      if modules.contains(module) { kept += line + [UInt8(ascii: "\n")] }
    }
    return kept
  }

  /// `sysname nodename release machine`, as trace-cmd writes it.
  static var uname: String {
    var name = utsname()
    guard Glibc.uname(&name) == 0 else { return "" }
    return [
      text(&name.sysname), text(&name.nodename), text(&name.release), text(&name.machine),
    ].joined(separator: " ")
  }

  /// The kernel's release, as `uname -r` prints it; nil where it does not tell.
  package static var kernelRelease: String? {
    let words = uname.split(separator: " ")
    return words.count > 2 ? String(words[2]) : nil
  }

  /// Whether a module is loaded, or built in and has parameters.
  package static func isModuleLoaded(_ name: String) -> Bool {
    SystemFiles.exists("/sys/module/\(name)")
  }

  /// A field of C characters up to its zero.
  private static func text<Field>(_ field: inout Field) -> String {
    withUnsafeBytes(of: &field) { bytes in
      String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
  }
}
