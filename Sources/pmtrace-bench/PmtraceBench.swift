import Glibc
internal import TraceIngest

/// `pmtrace-bench FILE`: what `make bench` measures of the reader; prints the number of records.
@main
struct PmtraceBench {
  static func main() {
    guard CommandLine.arguments.count == 2 else {
      print("usage: pmtrace-bench FILE")
      exit(64)
    }
    do {
      let reader = try TraceOpener.open(path: CommandLine.arguments[1])
      let result = try ReaderBenchmark(reader.metadata).run(reader)
      print(result.records, result.sum)
    } catch {
      print(error)
      exit(3)
    }
  }
}
