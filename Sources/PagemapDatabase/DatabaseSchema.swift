/// What the database holds. `Documentation/Database.md` tells what it means; a test compares both.
package enum DatabaseSchema {
  /// The name and the number of the shape.
  package static let name = "pmtrace.sqlite/1"
  /// The number in `PRAGMA user_version`.
  package static let version = 1
  /// The number in `PRAGMA application_id`, which tells that a file is pmtrace's: `PMTR`.
  package static let application = 0x504d_5452

  // MARK: Traces

  static let meta = DatabaseTable("meta", "key:text value:text", key: "key")
  static let traces = DatabaseTable(
    "traces",
    "trace path:text verdict:text reason:text exit_code container:text? clock:text? "
      + "stamps_are_ns? kernel:text? end_is_known? first_ns? last_ns? recorded_until_ns? "
      + "events pagemap_events records_read events_lost peak_bytes? bytes_at_end? "
      + "creations creation_ns teardowns teardown_ns",
    key: "trace")
  static let devices = DatabaseTable(
    "devices", "trace drm:text device:text? pagemaps unplugged_ns?", key: "trace drm")
  static let tasks = DatabaseTable("tasks", "trace pid task:text?", key: "trace pid")
  static let probes = DatabaseTable(
    "probes", "trace position probe:text event:text fields:text events")

  // MARK: Events

  static let events = DatabaseTable(
    "events", "trace sequence time_ns cpu pid function:text phase:text", key: "trace sequence")
  static let eventFields = DatabaseTable(
    "event_fields", "trace sequence name:text address:text? value? word:text?",
    key: "trace sequence name")

  // MARK: Objects

  static let lives = DatabaseTable(
    "lives",
    "trace life kind:text address:text epoch? device:text? begin_ns begin_sequence is_adopted "
      + "is_over end_ns? end_sequence? state:text? role:text?",
    key: "trace life")
  static let pagemapStates = DatabaseTable(
    "pagemap_states",
    "trace sequence pagemap:text epoch time_ns pid state:text is_adopted drm:text? device:text?",
    key: "trace sequence pagemap")
  static let pagemapReferences = DatabaseTable(
    "pagemap_references",
    "trace sequence pagemap:text epoch time_ns pid count explained", key: "trace sequence pagemap")
  static let memory = DatabaseTable("memory", "trace sequence time_ns bytes", key: "trace sequence")
  static let migrations = DatabaseTable(
    "migrations",
    "trace call direction:text start_ns end_ns? duration_ns? result? errno:text? pages bytes cpu "
      + "pid device:text? pagemap:text? allocation:text? allocation_life? range_start:text? "
      + "range_end:text? mm:text? return_sequence?",
    key: "trace call")
  static let latencies = DatabaseTable(
    "latencies", "trace call:text position up_to_ns? calls", key: "trace call position")

  // MARK: Judgement

  static let findings = DatabaseTable(
    "findings",
    "trace finding rule:text class:text severity:text is_certain title:text object_kind:text "
      + "object_address:text object_epoch device:text? object_end:text? mm:text? first_seen_ns cpu "
      + "pid task:text? function:text explanation:text advice:text fingerprint:text? "
      + "accepted_by:text? accepted_because:text? is_in_baseline? counted_references? "
      + "unattributed?",
    key: "trace finding")
  static let evidence = DatabaseTable(
    "evidence",
    "trace finding position sequence time_ns cpu pid task:text? event:text detail:text stack:text?",
    key: "trace finding position")
  static let holders = DatabaseTable(
    "holders", "trace finding position kind:text count addresses:text?",
    key: "trace finding position")
  static let rules = DatabaseTable(
    "rules", "trace rule:text outcome:text reason:text", key: "trace rule")

  // MARK: Completeness

  static let cpus = DatabaseTable(
    "cpus", "trace buffer cpu records_read events_lost gaps_of_unknown_size further_gaps",
    key: "trace buffer cpu")
  static let gaps = DatabaseTable(
    "gaps", "trace buffer cpu position events? after_ns? before_ns?",
    key: "trace buffer cpu position")
  static let damage = DatabaseTable(
    "damage", "trace position kind:text offset length? cpu? message:text", key: "trace position")

  /// The tables, in the order in which they are created.
  package static let tables = [
    meta, traces, devices, tasks, probes, events, eventFields, lives, pagemapStates,
    pagemapReferences, memory, migrations, latencies, findings, evidence, holders, rules, cpus,
    gaps, damage,
  ]

  /// What makes look-ups by object and by time quick, made when all rows are there.
  static let indexes = [
    "CREATE INDEX events_by_time ON events (trace, time_ns)",
    "CREATE INDEX event_fields_by_address ON event_fields (address, trace, sequence) "
      + "WHERE address IS NOT NULL",
    "CREATE INDEX lives_by_address ON lives (address, trace)",
    "CREATE INDEX pagemap_references_by_life ON pagemap_references "
      + "(trace, pagemap, epoch, sequence)",
    "CREATE INDEX migrations_by_allocation ON migrations (trace, allocation_life)",
  ]
}
