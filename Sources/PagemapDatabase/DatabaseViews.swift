extension DatabaseSchema {
  /// A view: a name and the query behind it.
  package struct View: Hashable, Sendable {
    package let name: String
    let query: String
  }

  /// The views. What they cost is paid when they are asked.
  package static let views = [
    View(
      name: "v_events",
      query: """
        SELECT e.trace, e.sequence, e.time_ns, e.cpu, e.pid, t.task, e.function, e.phase,
          (SELECT group_concat(name || '=' || coalesce(address, word, value), ' ')
           FROM (SELECT * FROM event_fields f
                 WHERE f.trace = e.trace AND f.sequence = e.sequence ORDER BY f.name)) AS fields
        FROM events e LEFT JOIN tasks t ON t.trace = e.trace AND t.pid = e.pid
        """),
    View(
      name: "v_objects",
      query: """
        SELECT trace, kind, address, max(device) AS device, count(*) AS lives,
          min(begin_ns) AS first_ns, max(end_ns) AS last_end_ns, min(is_over) AS is_over
        FROM lives GROUP BY trace, kind, address
        """),
    View(
      name: "v_migrations",
      query: """
        SELECT m.*, t.task, m.result < 0 AS is_failure
        FROM migrations m LEFT JOIN tasks t ON t.trace = m.trace AND t.pid = m.pid
        """),
    View(
      name: "v_migration_latency",
      query: """
        WITH ranked AS (
          SELECT trace, direction, duration_ns,
            row_number() OVER (PARTITION BY trace, direction ORDER BY duration_ns) AS place,
            count(*) OVER (PARTITION BY trace, direction) AS calls
          FROM migrations WHERE duration_ns IS NOT NULL)
        SELECT trace, direction, calls, min(duration_ns) AS least_ns,
          sum(duration_ns) / calls AS mean_ns,
          max(CASE WHEN place <= (calls + 1) / 2 THEN duration_ns END) AS p50_ns,
          max(CASE WHEN place <= (calls * 99 + 99) / 100 THEN duration_ns END) AS p99_ns,
          max(duration_ns) AS most_ns
        FROM ranked GROUP BY trace, direction
        """),
    View(
      name: "v_bandwidth_per_100ms",
      query: """
        SELECT trace, direction, end_ns / 100000000 * 100000000 AS from_ns, count(*) AS calls,
          sum(bytes) AS bytes, sum(bytes) * 10 AS bytes_per_second
        FROM migrations WHERE end_ns IS NOT NULL AND bytes > 0
        GROUP BY trace, direction, end_ns / 100000000
        """),
    View(
      name: "v_faults_per_task",
      query: """
        SELECT m.trace, m.pid, t.task, count(*) AS faults,
          sum(m.pages = 0 AND m.result >= 0) AS without_progress, sum(m.result < 0) AS failures,
          sum(m.bytes) AS bytes, sum(m.duration_ns) AS time_ns
        FROM migrations m LEFT JOIN tasks t ON t.trace = m.trace AND t.pid = m.pid
        WHERE m.direction = 'device-to-system-by-fault' AND m.end_ns IS NOT NULL
        GROUP BY m.trace, m.pid
        """),
    View(
      name: "v_pagemap_lifetime",
      query: """
        SELECT l.trace, l.address AS pagemap, l.epoch, l.device, l.is_adopted, l.begin_ns, l.end_ns,
          coalesce(l.end_ns, t.recorded_until_ns) - l.begin_ns AS lifetime_ns, l.is_over, l.state,
          (SELECT max(count) FROM pagemap_references r WHERE r.trace = l.trace
           AND r.pagemap = l.address AND r.epoch = l.epoch) AS most_references,
          (SELECT count FROM pagemap_references r WHERE r.trace = l.trace
           AND r.pagemap = l.address AND r.epoch = l.epoch ORDER BY sequence DESC LIMIT 1)
           AS last_references
        FROM lives l JOIN traces t ON t.trace = l.trace WHERE l.kind = 'pagemap'
        """),
    View(
      name: "v_leaks",
      query: """
        SELECT f.trace, t.path, f.finding, f.rule, f.severity, f.is_certain, f.object_kind,
          f.object_address, f.object_epoch, f.device, f.first_seen_ns, f.task, f.counted_references,
          f.unattributed, f.title, f.accepted_by
        FROM findings f JOIN traces t ON t.trace = f.trace
        WHERE f.class IN ('leak-reference', 'leak-page', 'owner-leak')
        """),
    View(
      name: "v_allocation_stays",
      query: """
        SELECT m.trace, m.allocation, m.allocation_life, m.device, m.pid, m.bytes,
          m.end_ns AS came_ns,
          (SELECT min(o.start_ns) FROM migrations o WHERE o.trace = m.trace
           AND o.allocation_life = m.allocation_life AND o.direction LIKE 'device-to-system%')
           AS left_ns
        FROM migrations m
        WHERE m.allocation_life IS NOT NULL AND m.result = 0
          AND m.direction IN ('system-to-device', 'device-to-device')
        """),
  ]

  /// The statements that make all of it, empty.
  static var creations: [String] {
    tables.map(\.creation) + views.map { "CREATE VIEW \($0.name) AS\n\($0.query)" }
  }
}
