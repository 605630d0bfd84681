import Foundation
import Testing

/// Where results go and what happens when they cannot. The input of all runs is unusable: exit 3.
@Suite struct OutputTests {
  @Test func reportFilesAreWrittenBesideTheOutput() throws {
    let scratch = try Scratch()
    _ = try scratch.file("old.json", Array("old".utf8))
    let result = try Command.shell(
      "$PMTRACE analyze --quiet --report json=old.json --report text=new.txt /", in: scratch.folder)
    #expect(result.status == 3)
    #expect(result.output.hasPrefix("UNUSABLE /: "))
    #expect(try scratch.names == ["new.txt", "old.json"], "a temporary file is left")
    let json = try Data(contentsOf: scratch.folder.appending(path: "old.json"))
    #expect(try JSONSerialization.jsonObject(with: json) is [String: Any])
    let direct = try Command.run("analyze", "--format", "json", "/")
    #expect(Data(direct.output.utf8) == json)
  }

  @Test func linksAndPipesStayWhatTheyAre() throws {
    let scratch = try Scratch()
    let result = try Command.shell(
      """
      mkdir real && : > real/r.json && ln -s real/r.json link.json && mkfifo pipe
      cat pipe > copy.json &
      $PMTRACE analyze --report json=link.json --report json=pipe / > /dev/null
      status=$?; wait; cmp link.json copy.json && test -L link.json && test -p pipe || exit 99
      ls real; exit $status
      """, in: scratch.folder)
    #expect(result.status == 3)
    #expect(result.output == "r.json\n")
  }

  @Test func aReportThatCannotBeWrittenIsNoVerdict() throws {
    let scratch = try Scratch()
    let result = try Command.shell(
      "$PMTRACE analyze --report json=none/r.json --report json=r.json /", in: scratch.folder)
    #expect(result.status == 70)
    #expect(result.errors.contains("pmtrace: none/r.json: the report cannot be written: No such"))
    #expect(result.output.hasPrefix("UNUSABLE /: "), "the verdict is lost")
    #expect(try scratch.names == ["r.json"])
  }

  /// The reader has ended before the command starts.
  @Test(arguments: ["", "trap '' PIPE; "]) func aClosedPipeEndsItQuietly(_ trap: String) throws {
    let scratch = try Scratch()
    let result = try Command.shell(
      """
      mkfifo over
      { \(trap)read -r _ < over; $PMTRACE analyze / 2> errors; echo $? > status; } \
        | { exec < /dev/null; echo > over; }
      cat status errors
      """, in: scratch.folder)
    let lines = result.output.split(separator: "\n")
    #expect(lines.first == "141")
    #expect(lines.dropFirst().allSatisfy { $0.hasPrefix("pmtrace: /: byte ") })
  }

  @Test func aClosedOutputIsNoPass() throws {
    let scratch = try Scratch()
    let result = try Command.shell("$PMTRACE rules list >&-", in: scratch.folder)
    #expect(result.status == 70)
    #expect(result.errors.contains("pmtrace: standard output: "))
    let full = try Command.shell("$PMTRACE rules list > /dev/full", in: scratch.folder)
    #expect(full.status == 70)
    #expect(full.errors.contains("No space left"))
  }

  @Test func standardErrorIsQuietWhereItIsNoTerminal() throws {
    let result = try Command.run("rules", "list")
    #expect(result.errors.isEmpty)
  }
}
