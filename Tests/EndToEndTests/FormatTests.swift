import Foundation
import PagemapReport
import Testing

/// Formats do not depend on where, when and in which language the command runs.
@Suite struct FormatTests {
  @Test(arguments: ReporterRegistry.all.map { $0.name }) func surroundingsLeaveNoTrace(
    _ format: String
  ) throws {
    let scratch = try Scratch()
    let other = try Scratch()
    let result = try Command.shell(
      """
      for place in '\(scratch.folder.path)' '\(other.folder.path)'; do
        mkdir -p "$place/in put" && cp '\(Recordings.path("d_leak_pagemap"))' "$place/in put/t.dat"
      done
      cd '\(scratch.folder.path)'
      TZ=UTC LC_ALL=C $PMTRACE analyze --format \(format) 'in put/t.dat' > ../one.$$
      [ $? = 1 ] || exit 98
      cd '\(other.folder.path)'
      TZ=Asia/Tokyo LC_ALL=tr_TR.UTF-8 LANG=de_DE.UTF-8 \
        $PMTRACE analyze --format \(format) 'in put/t.dat' > ../two.$$
      [ $? = 1 ] || exit 97
      # And with one thread at a time.
      taskset -c 0 $PMTRACE analyze --format \(format) 'in put/t.dat' > ../three.$$
      [ $? = 1 ] || exit 96
      cmp ../one.$$ ../two.$$ && cmp ../two.$$ ../three.$$ && tr -d '\\200-\\377' < ../two.$$
      status=$?; rm ../one.$$ ../two.$$ ../three.$$; exit $status
      """, in: scratch.folder)
    #expect(result.status == 0, "\(result.errors)")
    #expect(!result.output.contains(scratch.folder.path))
    #expect(!result.output.contains(other.folder.path))
    #expect(
      result.output.contains("in put/t.dat") || result.output.contains("in%20put/t.dat")
        || ["igt", "perfetto"].contains(format))
  }
}
