import Foundation
import Testing

/// `pmtrace replay` as a user's shell would run it.
@Suite struct ReplayCommandTests {
  private static let leak = Recordings.path("d_leak_pagemap")

  private func lines(_ arguments: String...) throws -> [String] {
    let run = try Command.run(all: ["replay"] + arguments)
    #expect(run.status == 0)
    #expect(run.errors.isEmpty)
    return run.output.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
  }

  @Test func showsTheEndWhereNoMomentIsGiven() throws {
    let lines = try lines(Self.leak)
    #expect(lines[0].hasPrefix("STATE \(Self.leak) at its end, behind event 172 at 19.967768 s"))
    #expect(lines.contains { $0.hasPrefix("  0xff36ccee44c28298  active, epoch 1") })
    #expect(lines.contains { $0.contains("1 unattributed, which appeared between 19.050540") })
    #expect(lines.contains { $0.contains("error PM001 (certain)") })
  }

  @Test(arguments: [
    (["--at", "19.042454"], 55), (["--at", "+0"], 0), (["--event", "55"], 55),
    (["--event", "0"], 0), (["--at", "19.967768"], 172),
  ])
  func stopsAtTheMoment(options: [String], event: Int) throws {
    let run = try Command.run(all: ["replay", Self.leak] + options)
    #expect(run.status == 0)
    #expect(run.output.hasPrefix("STATE \(Self.leak) behind event \(event) at "))
  }

  @Test func narrowsToOneObject() throws {
    let lines = try lines("--object", "0xFF36CCEE44C28298", Self.leak)
    #expect(lines.contains("Lives of 0xff36ccee44c28298"))
    #expect(lines.contains { $0.hasPrefix("  20 18.998234 CPU 1 pmtest-114 drm_pagemap_init ") })
    #expect(!lines.contains("Owner groups and their peers"))
    let same = try self.lines("--object", "ff36ccee44c28298", Self.leak)
    #expect(same == lines)
  }

  /// A line for every event, then the state that a seek shows.
  @Test func followsUpToTheState() throws {
    let lines = try lines("--follow", "--event", "60", Self.leak)
    #expect(lines[60].hasPrefix("60 19.043226 CPU 0 pmtest-114 zone_device_page_init "))
    #expect(
      lines[60].contains(" => device-allocation 0xff36ccee42420188: folios 1 -> 2; new folio "))
    #expect(lines[61].isEmpty)
    let state = try self.lines("--event", "60", Self.leak)
    #expect(Array(lines[62...]) == state)
  }

  @Test func jsonStepsAreOneLineEach() throws {
    let run = try Command.run("replay", "--follow", "--format", "json", "--event", "60", Self.leak)
    #expect(run.status == 0)
    let lines = run.output.split(separator: "\n")
    #expect(lines.count == 62)
    for (index, line) in lines.enumerated() {
      let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
      let schema = object?["schema"] as? String
      #expect(schema == (index < 61 ? "pmtrace.replay-step/1" : "pmtrace.replay/1"))
    }
    let seek = try Command.run("replay", "--format", "json", "--event", "60", Self.leak)
    let one = try JSONSerialization.jsonObject(with: Data(seek.output.utf8)) as? NSDictionary
    let other = try JSONSerialization.jsonObject(with: Data(lines[61].utf8)) as? NSDictionary
    #expect(one == other)
    #expect(one?["schema"] as? String == "pmtrace.replay/1")
  }

  @Test func readsStandardInput() throws {
    let bytes = [UInt8](try Data(contentsOf: URL(filePath: Self.leak)))
    let piped = try Command.run("replay", "--event", "60", "-", input: bytes)
    let direct = try Command.run("replay", "--event", "60", Self.leak)
    #expect(piped.status == 0)
    #expect(piped.output == direct.output.replacingOccurrences(of: Self.leak, with: "-"))
  }

  @Test func readsText() throws {
    let text = """
      # tracer: nop
                pmtest-114     [001] .....    18.998234: pagemap_init: dpagemap=0xff36ccee44c28298 \
      pgmap=0xff36ccee44c28200 drm=0xff36ccee44bdd000 dev="pmfake.0"

      """
    let run = try Command.run("replay", "-", input: Array(text.utf8))
    #expect(run.status == 0)
    #expect(run.output.hasPrefix("STATE - at its end"))
  }

  /// What the trace does not have, and what the complaint says: one line, nothing on the output.
  static let impossible: [(options: [String], complaint: String)] = [
    (
      ["--at", "5"], "the time lies outside the recording, which goes from 18.620720 to 23.064871 s"
    ),
    (
      ["--at", "99"],
      "the time lies outside the recording, which goes from 18.620720 to 23.064871 s"
    ),
    (
      ["--at", "+5"],
      "the time lies outside the recording, which goes from 18.620720 to 23.064871 s"
    ),
    (["--event", "173"], "there is no event 173: the trace has the events 0 to 172"),
    (["--until-finding", "99"], "none with the number 99"),
    (["--object", "0xdead"], "no event up to there names 0xdead"),
    (["--object", "0xff36ccee44c28298", "--event", "3"], "no event up to there names"),
    (["--follow", "--at", "5"], "the time lies outside"),
  ]

  @Test(arguments: impossible.indices) func theImpossibleIsNamed(_ index: Int) throws {
    let (options, complaint) = Self.impossible[index]
    let run = try Command.run(all: ["replay", Self.leak] + options)
    #expect(run.status == 64)
    #expect(run.output.isEmpty)
    #expect(run.errors.hasPrefix("pmtrace: \(Self.leak): "))
    #expect(run.errors.contains(complaint), "\(run.errors)")
    #expect(run.errors.split(separator: "\n").count == 1)
  }

  @Test func unusableInputIsNamed() throws {
    let scratch = try Scratch()
    let junk = try scratch.file("junk.dat", [1, 2, 3]).path
    for path in [junk, "/nowhere/trace.dat", "/"] {
      let run = try Command.run("replay", path)
      #expect(run.status == 3)
      #expect(run.output.isEmpty)
      #expect(run.errors.hasPrefix("pmtrace: \(path): byte "))
      #expect(run.errors.split(separator: "\n").count == 1)
    }
  }

  @Test func anOutputThatFailsIsNoSuccess() throws {
    let scratch = try Scratch()
    for options in ["", "--follow"] {
      let run = try Command.shell(
        "$PMTRACE replay \(options) '\(Self.leak)' > /dev/full", in: scratch.folder)
      #expect(run.status == 70)
      #expect(run.errors.contains("No space left"))
    }
    let closed = try Command.shell(
      "{ $PMTRACE replay --follow '\(Self.leak)'; echo $? > status; } | head -n 1; cat status",
      in: scratch.folder)
    #expect(closed.output.hasPrefix("0 18.620720 "))
  }

  /// A cut recording is shown as far as it goes, with what is missing.
  @Test func damageIsShown() throws {
    let scratch = try Scratch()
    let bytes = [UInt8](try Data(contentsOf: URL(filePath: Self.leak)))
    let cut = try scratch.file("cut.dat", Array(bytes.dropLast(2000))).path
    let run = try Command.run("replay", cut)
    #expect(run.status == 0)
    #expect(run.output.contains("\nMissing so far\n"))
    #expect(run.output.contains("damage at byte "))
  }

  /// The same trace gives the same bytes.
  @Test(arguments: ["json", "text"]) func outputIsTheSameEverywhere(format: String) throws {
    let arguments = ["replay", "--follow", "--format", format, Recordings.path("p2p")]
    let one = try Command.run(all: arguments)
    #expect(one.status == 0 && !one.output.isEmpty)
    #expect(try Command.run(all: arguments).output == one.output)
  }
}
