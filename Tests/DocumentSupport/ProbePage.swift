import PagemapEvents
import PagemapProbes
import PagemapRules

/// `Documentation/Probes.md`: what is put on the kernel's functions, and how to use it.
enum ProbePage {
  static func text() -> String {
    let parts = [
      Markdown.notice, "# Probes", introduction, use, ownership, "## Sets", sets, kernels,
      "## Without pmtrace", scripts, "## All probes",
      "Of each probe its event, what it means, and the sets that have it.",
    ]
    return (parts + groups).joined(separator: "\n\n") + "\n"
  }

  private static let introduction = Markdown.wrap(
    "drm_pagemap, drm_gpusvm and xe's shared virtual memory have no tracepoints. What pmtrace knows "
      + "of them comes from dynamic events of tracefs: probes at the entry and the return of "
      + "functions, which read the fields that its rules need. They are data in "
      + "`Sources/PagemapProbes/Catalogue`, one file for each of the kernel's, and this page is made "
      + "from them.")

  private static let use = """
    ## Use

        pmtrace probes list --set pages    # the probes of a set, with their definitions
        pmtrace probes check               # which of them this kernel takes, why not, and which
                                           # rules can be decided with those
        pmtrace probes install             # for other tools; until 'pmtrace probes remove'
        pmtrace record -o trace.dat -- CMD # adds them, records, and removes them

    """
    + Markdown.wrap(
      "`check` tries each definition and takes it away again; the kernel's own words say what is "
        + "wrong with a refused one. A probe on a module's function can only be added while the "
        + "module is loaded. Instead of a set, `--probes FILE` takes definitions of your own, one a "
        + "line as `dynamic_events` takes them, lines with `#` left out. Events are known by their "
        + "names: a probe called `drm_pagemap_put` in any group is one of `drm_pagemap_put`.")

  private static let ownership =
    "## Whose they are\n\n"
    + Markdown.wrap(
      "A probe that pmtrace adds has a mark as its last field, in `dynamic_events` for all to see: "
        + "`pmtrace=\\1:u8` where a run added it, `pmtrace=\\2:u8` where `probes install` did. Runs "
        + "take theirs away at their end, `probes remove` those that were installed, and `probes "
        + "remove --stale` what a killed run has left. An event that is there already without the "
        + "mark is used as it is and never removed.")

  private static var sets: String {
    let rows = ProbeSet.allCases.map { set in
      let decided = RuleRegistry.all.filter { set.decides($0) }.count
      return [
        "`\(set.rawValue)`", "\(ProbeCatalogue.probes(of: set).count)", meaning(of: set),
        "\(decided) of \(RuleRegistry.all.count)",
      ]
    }
    return Markdown.table(["set", "probes", "what it shows", "rules decided"], rows)
      + "\n\nWithout `--set` it is `main`, and `xe` where that driver is loaded."
  }

  /// What a set of probes shows.
  static func meaning(of set: ProbeSet) -> String {
    switch set {
    case .base: "pagemaps, caches, owners, migrations, drm_gpusvm"
    case .main:
      "`base`, and when mappings end, device pages start, device memory comes and goes"
    case .full: "`base`, and `drm_pagemap_migrate_range`, which fires once a page"
    case .all: "`full`, `main` and the passes of the memory management"
    case .pages:
      "`main`, and the first 16 entries of each migration's arrays; what lies beyond is unknown"
    case .portable: "`main` without casts and without drm_gpusvm"
    case .pagesPortable: "`portable`, and the arrays of `pages`"
    case .xe: "`main`, and the functions of the xe driver"
    }
  }

  private static var kernels: String {
    let rows = ProbeDefinition.Form.allCases.filter { $0 != .own }.compactMap { form -> [String]? in
      let count = ProbeCatalogue.all.flatMap(\.candidates).filter { $0.form == form }.count
      return count == 0 ? nil : [meaning(of: form), form.kernels, "\(count)"]
    }
    return "## Kernels\n\n"
      + Markdown.wrap(
        "A probe has several definitions where kernels differ. They are tried in the order of this "
          + "table, and the first that the kernel takes is the one; what only a later definition "
          + "can say is missing from the event, and the rules that need it say so.")
      + "\n\n" + Markdown.table(["written with", "for", "definitions"], rows)
  }

  private static func meaning(of form: ProbeDefinition.Form) -> String {
    switch form {
    case .names: "arguments and members by their names"
    case .typecasts: "pointers cast to structures, `(drm_pagemap,ref)ref->drm`"
    case .offsets: "members by their offsets, `+16($arg1)`"
    case .suffixed: "the compiler's name of a function, `….isra.0`; registers"
    case .unsuffixed: "the function's own name; registers"
    case .instruction: "an instruction within a function"
    case .older: "names of an older kernel"
    case .kprobe: "a kprobe instead of each fprobe"
    case .own: ""
    }
  }

  private static let scripts =
    Markdown.wrap(
      "`pmtrace probes emit --as sh` prints a script for a machine that has no pmtrace: a POSIX "
        + "shell and tracefs are enough. It adds the probes, records text through `trace_pipe` "
        + "while a command runs or until Ctrl-C, and removes what it added, after signals too. What "
        + "a killed one has left, its `--clean` removes.")
    + "\n\n"
      + """
          pmtrace probes emit --as sh > record.sh
          sh record.sh -o trace.txt -- COMMAND    # there
          pmtrace analyze trace.txt               # here

      """
    + Markdown.wrap(
      "With `--as trace-cmd` trace-cmd records a trace.dat, which says how it ended and what was "
        + "lost to the byte: prefer it where there is trace-cmd. With `--as perf` perf records, and "
        + "its events are written as ftrace text. All exit with the command's status.")

  private static var groups: [String] {
    let names = ProbeCatalogue.all.map(\.group)
      .reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
    return names.map { group in
      var rows: [[String]] = []
      for probe in ProbeCatalogue.all where probe.group == group {
        let name = "`\(probe.event)`"
        if rows.contains(where: { $0.first == name }) { continue }
        let sets = ProbeSet.allCases.filter { set in
          ProbeCatalogue.probes(of: set).contains {
            $0.group == group && $0.event == probe.event
          }
        }
        rows.append([name, probe.kind.label, sets.map(\.rawValue).joined(separator: ", ")])
      }
      return "### \(group)\n\n" + Markdown.table(["event", "meaning", "sets"], rows)
    }
  }
}
