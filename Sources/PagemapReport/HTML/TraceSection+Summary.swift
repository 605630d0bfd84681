import PagemapEvents
import PagemapModel
import PagemapRules
import TraceWords

/// What the trace showed, in numbers.
extension TraceSection {
  func summary(_ summary: Summary, _ page: inout Markup) {
    migrations(summary, &page)
    page.raw("<div class=\"pair\">")
    cost(summary, &page)
    devices(summary, &page)
    page.raw("</div>\n")
  }

  // MARK: Migrations

  private func migrations(_ summary: Summary, _ page: inout Markup) {
    page.open("section", ("id", id("migrations")))
    page.element("h3", text: "Migrations")
    if summary.migrations.isEmpty {
      page.element("p", ("class", "none"), text: "None.")
    } else {
      migrationTable(summary, &page)
    }
    if summary.cpuFaultsWithoutProgress > 0 {
      let idle = Format.count(summary.cpuFaultsWithoutProgress, "CPU fault")
      page.element(
        "p", ("class", "faint"),
        text:
          "\(idle) moved nothing and failed nothing: another task was faster, or a timeslice held.")
    }
    page.raw("</section>\n")
  }

  private func migrationTable(_ summary: Summary, _ page: inout Markup) {
    let columns = [
      Column("Direction"), Column("Calls", "n"), Column("Pages", "n"), Column("Bytes", "n"),
      Column("p50", "n"), Column("p99", "n"), Column("Longest", "n"), Column("Failed"),
      Column("Latency"),
    ]
    let most = summary.migrations.flatMap(\.calls.distribution).map(\.count).max() ?? 0
    let reach = summary.migrations.map(\.calls.distribution.count).max() ?? 0
    page.table(columns, label: "Migrations by direction") { page in
      for migration in summary.migrations {
        let calls = migration.calls
        page.raw("<tr><td>")
        page.element("i", ("class", "swatch \(migration.direction.style)")) { _ in }
        page.text(migration.direction.words)
        page.raw("</td>")
        let cells = [
          Format.count(calls.count), Format.count(migration.pages),
          Format.bytes(migration.bytes), time.optionalDuration(calls.p50),
          time.optionalDuration(calls.p99), time.optionalDuration(calls.longest),
        ]
        for cell in cells { page.element("td", ("class", "n"), text: cell) }
        page.element("td", ("class", calls.failures.isEmpty ? nil : "bad"), text: calls.failed)
        page.raw("<td>")
        distribution(calls.distribution, most: most, reach: reach, migration.direction, &page)
        page.raw("</td></tr>\n")
      }
    }
  }

  /// The buckets as small bars; rows share their scales.
  private func distribution(
    _ buckets: [CallSummary.Bucket], most: UInt64, reach: Int, _ direction: MigrationDirection,
    _ page: inout Markup
  ) {
    guard !buckets.isEmpty, most > 0 else { return page.text("-") }
    let step = 8
    page.open(
      "svg", ("class", "spark \(direction.style)"), ("viewBox", "0 0 \(reach * step) 24"),
      ("width", "\(reach * step)"), ("height", "24"), ("role", "img"),
      ("aria-label", "Calls by duration: " + words(buckets)))
    page.open("line", ("x1", "0"), ("x2", "\(reach * step)"), ("y1", "23.5"), ("y2", "23.5"))
    page.close("line")
    for (place, bucket) in buckets.enumerated() where bucket.count > 0 {
      let height = max(2, Double(bucket.count) / Double(most) * 22)
      page.element(
        "rect", ("x", "\(place * step)"), ("y", Self.number(23 - height)), ("width", "\(step - 1)"),
        ("height", Self.number(height))
      ) { $0.element("title", text: words([bucket])) }
    }
    page.close("svg")
  }

  private func words(_ buckets: [CallSummary.Bucket]) -> String {
    buckets.filter { $0.count > 0 }.map { bucket in
      let bound = bucket.upTo.map { "up to \(time.duration($0))" } ?? "longer"
      return "\(Format.count(bucket.count)) \(bound)"
    }.joined(separator: ", ")
  }

  // MARK: Cost

  private func cost(_ summary: Summary, _ page: inout Markup) {
    let cost = summary.cost
    let counts = summary.pagemaps
    page.open("section", ("id", id("cost")))
    page.element("h3", text: "Cost")
    page.raw("<dl class=\"facts\">")
    if cost.memory == nil {
      page.entry("struct pages", "not told by these probes")
    } else {
      page.entry("struct pages", TextReporter.held(cost, time))
    }
    page.entry("creation", TextReporter.spent(cost.creation, cost.creations, time))
    page.entry("teardown", TextReporter.spent(cost.teardown, cost.teardowns, time))
    page.entry("cache", TextReporter.cache(counts))
    page.entry("pagemaps", TextReporter.sentence(counts))
    page.raw("</dl></section>\n")
  }

  // MARK: Devices and owner groups

  private func devices(_ summary: Summary, _ page: inout Markup) {
    page.open("section", ("id", id("devices")))
    page.element("h3", text: "Devices")
    let columns = [
      Column("Device", "m"), Column("drm_device", "m"), Column("Pagemaps", "n"),
      Column("Unplugged"),
    ]
    if summary.devices.isEmpty { page.element("p", ("class", "none"), text: "None named.") }
    if !summary.devices.isEmpty {
      page.table(columns, label: "Devices") { page in
        for device in summary.devices {
          page.row(
            columns,
            [
              device.name ?? "not named", Format.address(device.drm), Format.count(device.pagemaps),
              device.unpluggedAt.map(time.moment) ?? "no",
            ])
        }
      }
    }
    groups(summary.ownerGroups, &page)
    page.raw("</section>\n")
  }

  private func groups(_ groups: [OwnerGroupSummary], _ page: inout Markup) {
    guard !groups.isEmpty else { return }
    let columns = [
      Column("Owner group", "m"), Column("Epoch", "n"), Column("Most peers", "n"),
      Column("VMs at end", "n"), Column("Pagemaps at end", "n"),
    ]
    page.table(columns, label: "Owner groups") { page in
      for group in groups.prefix(64) {
        page.row(
          columns,
          [
            Format.address(group.owner), "\(group.epoch)", Format.count(group.mostPeers),
            Format.count(group.vmPeersAtEnd), Format.count(group.pagemapPeersAtEnd),
          ])
      }
    }
    if groups.count > 64 {
      page.element("p", ("class", "faint"), text: "\(groups.count - 64) further owner groups.")
    }
  }
}

extension MigrationDirection {
  /// The class that gives it its colour.
  var style: String {
    switch self {
    case .systemToDevice: "to-device"
    case .deviceToDevice: "between"
    case .deviceToSystemByFault: "by-fault"
    case .deviceToSystemByEviction: "by-eviction"
    }
  }
}

extension CallSummary {
  /// `2 ENOMEM, 1 EBUSY`, or `none`.
  var failed: String {
    failures.isEmpty
      ? "none"
      : failures.map { "\(Format.count($0.count)) \(Errno.name($0.errno))" }
        .joined(separator: ", ")
  }
}
