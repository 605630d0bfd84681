import Glibc
internal import SoakSupport

/// Random sequences of a reference kernel, legal ones and broken ones, and what pmtrace makes of them.
///
/// Without `--count` it goes on for ever. It ends with 1 where anything was wrong; each failing
/// seed's trace goes to the folder of `--save`.
@main
struct PmtraceSoak {
  static func main() {
    guard let options = SoakOptions(CommandLine.arguments.dropFirst()) else {
      print(
        """
        usage: pmtrace-soak [--count N] [--from SEED] [--recordings N|all] [--jobs N]
                            [--save DIR] [--at-most FAILURES] [--strict]
               pmtrace-soak --write DIR --count N [--from SEED]   only writes the traces
        """)
      exit(64)
    }
    exit(SoakRun(options).run() ? 0 : 1)
  }
}
