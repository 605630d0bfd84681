import Foundation
import PagemapAnalysis
import PagemapEvents
import PagemapRules
import TestSupport
import TraceIngest

@testable import PagemapModel
@testable import PagemapReport

/// Analyses with timelines, and pages taken apart.
enum HTMLSamples {
  /// A recording of the repository, with its timeline, analysed by all rules or by some.
  static func recording(_ name: String, rules: Set<RuleID>? = nil) throws -> TraceAnalysis {
    var options = AnalysisOptions()
    options.wantsTimeline = true
    options.rules = rules
    let path = RepositoryFiles.url("fixtures/recordings/\(name).dat").path()
    return try Analyzer.analyze(TraceOpener.open(path: path), path: "\(name).dat", options: options)
  }

  /// A report over some analyses with the rules that `pmtrace` knows.
  static func report(_ analyses: TraceAnalysis...) -> Report {
    Report(traces: analyses, rules: RuleRegistry.all)
  }

  /// The page as text.
  static func page(_ report: Report, sizeLimit: Int = HTMLReporter.sizeLimit) -> String {
    String(decoding: HTMLReporter.render(report, sizeLimit: sizeLimit), as: UTF8.self)
  }

  /// The page without the script, the style and their hashes: what depends on the trace.
  static func withoutAssets(_ page: String) -> String {
    var page = page
    for assets in [PageAssets.style, PageAssets.script] {
      page = page.replacing(String(decoding: assets, as: UTF8.self), with: "")
      page = page.replacing(PageAssets.base64(SHA256.digest(assets)), with: "")
    }
    return page
  }

  /// A timeline of so many calls, each at a range and an allocation of its own, by tasks and devices
  /// of this name.
  static func timeline(calls: Int, name: String = "pmtest") -> Timeline {
    var names = Names()
    let bytes = Array(name.utf8)
    let device = names.intern(bytes.span.bytes)
    var recorder = TimelineRecorder()
    for number in 0..<UInt64(calls) {
      let start = 19_000_000_000 + number * 40_000
      recorder.take([.call(call(number, start, device)), .pagemap(change(number, start, device))])
      if number % 16 == 0 { recorder.take([.memory(time: start, bytes: number << 12)]) }
    }
    let mirror = KernelMirror(probes: ProbeInventory())
    return recorder.finish(mirror, end: nil, devices: names) { _ in name }
  }

  private static func call(_ number: UInt64, _ start: UInt64, _ device: UInt64) -> CallActivity {
    let direction = MigrationDirection.allCases[Int(number % 4)]
    return CallActivity(
      direction: direction, start: start, end: start + 30_000 + number % 977,
      cpu: UInt32(number % 64), pid: Int32(number % 512), sequence: number * 2,
      result: number % 97 == 0 ? -12 : 0, pages: number % 512, device: device,
      pagemap: Samples.pagemap, allocation: 0xff36_0000_0000_0000 + number << 12,
      allocationSerial: number + 1, rangeStart: 0x7f00_0000_0000 + number << 21,
      rangeEnd: 0x7f00_0000_0000 + (number + 1) << 21, mm: 0xff36_ccee_4111_0000 + number % 7)
  }

  private static func change(_ number: UInt64, _ time: UInt64, _ device: UInt64)
    -> PagemapActivity
  {
    PagemapActivity(
      time: time + 10, sequence: number * 2 + 1, pid: Int32(number % 512),
      address: Samples.pagemap, epoch: UInt32(1 + number / 1000), serial: 1 + number / 1000,
      isAdopted: number < 10, drm: 1, device: device,
      state: Pagemap.State.allCases[Int(number / 200 % 5)], references: Int64(number % 9),
      explained: Int64(number % 7))
  }
}

/// As much of HTML as tells whether a page is well-formed.
struct HTMLOutline {
  /// What is wrong with it.
  var complaints: [String] = []
  /// The ids, and the targets of links within the page.
  var ids: [Substring] = []
  var targets: [Substring] = []

  private static let void: Set<Substring> = ["meta", "link", "br", "img", "input"]

  init(_ page: String) {
    var rest = page[...]
    var open: [Substring] = []
    while let start = rest.firstIndex(of: "<") {
      rest = rest[rest.index(after: start)...]
      guard let end = rest.firstIndex(of: ">") else {
        complaints.append("a tag without an end")
        break
      }
      let tag = rest[..<end]
      rest = rest[rest.index(after: end)...]
      if tag.hasPrefix("!") { continue }
      if tag.hasPrefix("/") {
        let name = tag.dropFirst()
        if open.popLast() != name { complaints.append("</\(name)> closes nothing") }
        continue
      }
      let name = tag.prefix { $0 != " " }
      collect(tag)
      if name == "script" || name == "style" {
        guard let close = rest.range(of: "</\(name)") else { continue }
        rest = rest[close.lowerBound...]
      }
      if !Self.void.contains(name) { open.append(name) }
    }
    complaints += open.map { "<\($0)> stays open" }
    if Set(ids).count != ids.count { complaints.append("an id comes twice") }
    complaints += targets.filter { !ids.contains($0) }.map { "#\($0) leads nowhere" }
  }

  private mutating func collect(_ tag: Substring) {
    for part in tag.split(separator: " ") {
      if part.hasPrefix("id=\"") { ids.append(part.dropFirst(4).prefix { $0 != "\"" }) }
      if part.hasPrefix("href=\"#") { targets.append(part.dropFirst(7).prefix { $0 != "\"" }) }
    }
  }
}
