import Foundation
import PagemapModel

/// `Documentation/Model.md`: the state machines of the kernel's objects.
package enum ModelPage {
  /// The page. What an object is, the comment over its type says in the sources below `root`.
  static func text(root: URL) throws -> String {
    let introductions = try introductions(root: root)
    let contents = ModelCatalog.machines.map { "- [\($0.object)](#\(anchor($0.object)))" }
    let parts =
      [
        Markdown.notice, "# The model",
        Markdown.wrap(
          "pmtrace replays the recorded events into a mirror of the kernel's objects. Each object "
            + "has a state machine, and these are the ones that the program runs: they are data in "
            + "`Sources/PagemapModel`, in the folder of the object's room, and this page is drawn "
            + "from them. A step that a machine does not have is one that the kernel's source rules "
            + "out; what follows from it when a trace shows one is the business of the "
            + "[rules](Rules/README.md). `pmtrace replay` shows every object with its state."),
        Markdown.wrap(
          "An object's identity is its address and its epoch, since the kernel reuses addresses. "
            + "An object that is older than the recording is adopted when an event first names it, "
            + "in the state that the event implies. Where a step is inlined or no probe tells of "
            + "it, the text says so: the machine is the kernel's then, and the model takes the step "
            + "from what it sees next."),
        contents.joined(separator: "\n"),
      ] + ModelCatalog.machines.map { section($0, introductions[$0.object] ?? "") }
    return parts.joined(separator: "\n\n") + "\n"
  }

  private static func anchor(_ object: String) -> String {
    String(object.map { $0 == " " ? "-" : $0 })
  }

  private static func section(_ machine: MachinePicture, _ introduction: String) -> String {
    let rows = machine.transitions.map { step in
      [step.from, step.trigger, step.to, functions(step.function)]
    }
    return [
      "## \(machine.object)",
      Markdown.wrap(introduction),
      "Source: `\(machine.source)`.",
      "```mermaid\n" + diagram(machine) + "\n```",
      Markdown.table(["from", "trigger", "to", "kernel function"], rows),
    ].joined(separator: "\n\n")
  }

  private static func functions(_ names: String) -> String {
    names.split(separator: ", ").map { "`\($0)`" }.joined(separator: ", ")
  }

  /// The machine as a mermaid diagram. Steps that differ only in the function are one arrow; a
  /// state that no step leaves is the last one.
  private static func diagram(_ machine: MachinePicture) -> String {
    var lines = ["stateDiagram-v2"]
    if let first = machine.states.first { lines.append("    [*] --> \(first)") }
    var arrows: [(from: String, to: String, triggers: [String])] = []
    for step in machine.transitions {
      if let place = arrows.firstIndex(where: { $0.from == step.from && $0.to == step.to }) {
        if !arrows[place].triggers.contains(step.trigger) {
          arrows[place].triggers.append(step.trigger)
        }
      } else {
        arrows.append((step.from, step.to, [step.trigger]))
      }
    }
    lines += arrows.map { "    \($0.from) --> \($0.to): \($0.triggers.joined(separator: ", "))" }
    for state in machine.states
    where !machine.transitions.contains(where: { $0.from == state && $0.to != state }) {
      if machine.states.count > 1, state != machine.states.first {
        lines.append("    \(state) --> [*]")
      }
    }
    return lines.joined(separator: "\n")
  }
}
