import Glibc
internal import TraceIngest

/// What `make bench` measures besides `pmtrace analyze`, and what it needs for that:
///
///     pmtrace-bench FILE                           the reader; prints the number of records
///     pmtrace-bench folios NUMBER RUN              the model with so many live device folios
///     pmtrace-bench pagemaps NUMBER ROUNDS FILE    writes a trace with so many live pagemaps
@main
struct PmtraceBench {
  static func main() {
    let arguments = CommandLine.arguments.dropFirst()
    let numbers = arguments.dropFirst().prefix(2).compactMap { UInt32($0) }
    do {
      switch (arguments.first, arguments.count, numbers.count) {
      case ("folios", 3, 2) where numbers.allSatisfy { $0 > 0 }:
        var benchmark = FolioBenchmark(folios: UInt64(numbers[0]), run: UInt64(numbers[1]))
        print(benchmark.line())
      case ("folios", 1, _): print(FolioBenchmark.heading)
      case ("pagemaps", 4, 2):
        var trace = PagemapTrace(pagemaps: Int(numbers[0]), rounds: Int(numbers[1]))
        print(try trace.write(to: CommandLine.arguments[4]))
      case (let path?, 1, _): try read(path)
      default:
        print("usage: pmtrace-bench FILE | folios NUMBER RUN | pagemaps NUMBER ROUNDS FILE")
        exit(64)
      }
    } catch {
      print(error)
      exit(3)
    }
  }

  private static func read(_ path: String) throws {
    let reader = try TraceOpener.open(path: path)
    let result = try ReaderBenchmark(reader.metadata).run(reader)
    print(result.records, result.sum)
  }
}
