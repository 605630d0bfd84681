import Dispatch
import Glibc
internal import ReferenceKernel
internal import SoakSupport

/// What the command line says.
struct SoakOptions {
  var count: UInt64 = .max
  var first: UInt64 = 0
  var jobs = 2
  var folder: String?
  /// Where the traces go that are only written, not checked; nil where they are checked.
  var traces: String?
  var failureLimit = 20
  /// How many places of each clean recording are tried; nil for all of them.
  var places: Int? = 0
  /// Whether false alarms that the tables know of fail.
  var countsKnown = false

  /// Nil where the arguments make no sense.
  init?(_ arguments: some Sequence<String>) {
    var rest = Array(arguments)[...]
    while let name = rest.popFirst() {
      if name == "--strict" {
        countsKnown = true
        continue
      }
      guard let value = rest.popFirst() else { return nil }
      switch name {
      case "--save": folder = value
      case "--write": traces = value
      case "--recordings" where value == "all": places = nil
      default:
        guard let number = UInt64(value), take(name, number) else { return nil }
      }
    }
  }
}

extension SoakOptions {
  private mutating func take(_ name: String, _ number: UInt64) -> Bool {
    switch name {
    case "--count": count = number
    case "--from": first = number
    case "--jobs" where number > 0: jobs = Int(clamping: number)
    case "--recordings": places = Int(clamping: number)
    case "--at-most": failureLimit = Int(clamping: number)
    default: return false
    }
    return true
  }
}

/// Workers that share the seeds.
final class SoakRun: @unchecked Sendable {
  private let options: SoakOptions
  private let lock = DispatchSemaphore(value: 1)
  private var next: UInt64
  private var tally = SoakCheck.Tally()
  private var kinds: [String: Int] = [:]
  private var failures = 0
  private let began = DispatchTime.now().uptimeNanoseconds

  init(_ options: SoakOptions) {
    self.options = options
    next = options.first
  }

  /// Runs all seeds; answers whether nothing was wrong.
  func run() -> Bool {
    if let folder = options.traces { return writeTraces(to: folder) }
    if options.places != 0 {
      let names = SoakCheck.cleanRecordings
      DispatchQueue.concurrentPerform(iterations: names.count) { sweep(names[$0]) }
    }
    DispatchQueue.concurrentPerform(iterations: options.jobs) { _ in work() }
    summary()
    judgeMisses()
    return failures == 0
  }

  /// Writes the trace of each seed to the folder: what two versions are to judge alike.
  private func writeTraces(to folder: String) -> Bool {
    while let seeds = takeSeeds() {
      for seed in seeds where !write(SoakCheck.trace(of: seed), "\(folder)/seed-\(seed).dat") {
        return false
      }
    }
    return true
  }

  private func write(_ trace: [UInt8], _ path: String) -> Bool {
    guard let file = fopen(path, "w") else { return false }
    defer { fclose(file) }
    return trace.withUnsafeBytes { fwrite($0.baseAddress, 1, $0.count, file) } == trace.count
  }

  /// Faults that are missed at times are still found most times.
  private func judgeMisses() {
    for (fault, count) in tally.faults where count >= 50 {
      guard case .missedAtTimes(let reason) = Expectation.of(fault).status else { continue }
      let found = tally.found[fault] ?? 0
      guard found * 10 < count * 4 else { continue }
      failures += 1
      print("\(fault.rawValue) is found \(found) times of \(count); known is: \(reason)")
    }
  }

  private func sweep(_ name: String) {
    do {
      let check = try SoakCheck(countsKnownAlarms: options.countsKnown)
      let offset = Int(truncatingIfNeeded: options.first % 9973)
      for problem in try check.sweep(name, places: options.places, offset: offset) {
        tell(problem, name)
      }
      locked { tally.add(check.tally) }
    } catch {
      print("pmtrace-soak: \(name): \(error)")
      locked { failures += 1 }
    }
  }

  private func locked<Result>(_ body: () -> Result) -> Result {
    lock.wait()
    defer { lock.signal() }
    return body()
  }

  private func takeSeeds() -> Range<UInt64>? {
    locked {
      let end = options.first.addingReportingOverflow(options.count)
      let last = end.overflow ? .max : end.partialValue
      guard next < last else { return nil }
      let seeds = next..<min(last, next + 16)
      next = seeds.upperBound
      return seeds
    }
  }

  private func work() {
    do {
      var done = SoakCheck.Tally()
      while let seeds = takeSeeds() {
        // A new one now and then: nothing is kept from one sequence to the next.
        let check = try SoakCheck(countsKnownAlarms: options.countsKnown)
        for seed in seeds {
          for problem in try check.check(seed: seed) { tell(problem, "seed-\(seed)") }
        }
        done.add(check.tally)
        progress(seeds, done)
        locked { tally.add(check.tally) }
      }
    } catch {
      print("pmtrace-soak: \(error)")
      locked { failures += 1 }
    }
  }

  private func progress(_ seeds: Range<UInt64>, _ done: SoakCheck.Tally) {
    guard options.count == .max, seeds.lowerBound % 10_000 < 16 else { return }
    print("at seed \(seeds.lowerBound), \(failures) failures")
  }

  private func tell(_ problem: SoakCheck.Problem, _ name: String) {
    locked {
      failures += 1
      kinds[problem.kind, default: 0] += 1
      guard kinds[problem.kind, default: 0] <= options.failureLimit else { return }
      print("\(problem.kind): \(problem.text)")
      guard let folder = options.folder else { return }
      let path = "\(folder)/\(name).dat"
      if write(problem.trace, path) { print("  \(path)") }
    }
  }

  private func summary() {
    let seconds = Double(DispatchTime.now().uptimeNanoseconds - began) / 1e9
    print(
      "soak: \(tally.sequences) sequences, \(tally.analyses) analyses, \(tally.events) events, "
        + "\(failures) failures in \(Int(seconds)) s")
    for (fault, count) in tally.faults.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
      print("  \(fault.rawValue): \(count) planted, \(tally.found[fault] ?? 0) found")
    }
    for (kind, count) in tally.known.sorted(by: { ($1.value, $0.key) < ($0.value, $1.key) }) {
      print("  known: \(count) × \(kind)")
    }
    for (kind, count) in kinds.sorted(by: { ($1.value, $0.key) < ($0.value, $1.key) }) {
      print("  \(count) × \(kind)")
    }
  }
}
