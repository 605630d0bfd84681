import Dispatch
import Glibc
internal import SoakSupport

/// `pmtrace-soak [--count N] [--from SEED] [--jobs N] [--save DIR] [--all]`: random sequences of a
/// reference kernel, legal ones and broken ones, and what pmtrace makes of them.
///
/// Without `--count` it goes on for ever. It ends with 1 where anything was wrong; each failing
/// seed's trace goes to DIR.
@main
struct PmtraceSoak {
  static func main() {
    guard let options = SoakOptions(CommandLine.arguments.dropFirst()) else {
      print(
        "usage: pmtrace-soak [--count N] [--from SEED] [--jobs N] [--save DIR] [--at-most FAILURES]")
      exit(64)
    }
    exit(SoakRun(options).run() ? 0 : 1)
  }
}
