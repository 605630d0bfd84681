import TraceDecode

/// All plans of a trace, their steps in flat arrays.
struct PlanBook: Sendable {
  /// What is done with each recorded event of a modelled kind.
  var plans: [EventPlan] = []
  /// What plans do, a field a step; a plan names its first and how many.
  private(set) var steps: [PlanStep] = []
  /// The text readers of all steps that read names.
  private(set) var texts: [TextReader] = []
  /// The names that fields have in lines of text.
  private(set) var keys: [TextKey] = []
  /// The characters of the keys.
  private(set) var keyBytes: [UInt8] = []
  /// Whether numbers in payloads are big-endian.
  let isBigEndian: Bool
  /// The size of an address in bytes.
  let longSize: Int

  init(isBigEndian: Bool, longSize: Int) {
    self.isBigEndian = isBigEndian
    self.longSize = longSize
  }

  /// A name that a value of a text record stands behind.
  struct TextKey: BitwiseCopyable, Sendable {
    /// Its place in `keyBytes`.
    var start: Int32
    /// How many bytes of `keyBytes` it has.
    var length: Int32
    /// Its step, counted from the plan's first.
    var step: Int32
  }

  /// Adds the plan for a row and a binary format, and answers its index.
  mutating func add(_ row: EventRow, format: EventFormat) -> Int {
    var plan = EventPlan(
      name: "\(format.system):\(format.name)",
      head: PlanHead(kind: row.kind, steps: steps.count..<steps.count))
    plan.head.pid = reader("common_pid", format)
    plan.head.context = contextReader(format)
    plan.head.function = reader("__probe_ip", format) ?? reader("__probe_func", format)
    plan.head.caller = reader("__probe_ret_ip", format)
    if row.kind == .kernelStack {
      plan.addresses = format[field: "caller"].flatMap {
        AddressReader(
          $0, count: format[field: "size"], longSize: longSize, isBigEndian: isBigEndian)
      }
    }
    for place in [plan.head.pid, plan.head.context, plan.head.function, plan.head.caller] {
      plan.head.minimumLength = max(plan.head.minimumLength, place?.end ?? 0)
    }
    var recorded: Set<PagemapEvent.Field> = []
    for field in row.fields {
      for var step in binarySteps(field, format: format) {
        step.parent = Self.nearest(step.parent, of: row, among: recorded)
        steps.append(step)
        plan.fields |= step.fields
        plan.head.minimumLength = max(plan.head.minimumLength, step.reader.end)
        if step.operation != .element { recorded.insert(step.field) }
        if let returned = step.returned { recorded.insert(returned) }
      }
    }
    plan.head.steps = plan.head.steps.lowerBound..<steps.count
    plans.append(plan)
    return plans.count - 1
  }

  /// Two bytes, of which every kernel has the preemption depth behind the flags; else nil.
  private func contextReader(_ format: EventFormat) -> FieldReader? {
    guard let flags = format[field: "common_flags"], flags.kind == .integer, flags.size == 1,
      let count = format[field: "common_preempt_count"], count.kind == .integer, count.size == 1,
      count.offset == flags.offset + 1
    else { return nil }
    return FieldReader(offset: flags.offset, size: 2, isSigned: false, isBigEndian: isBigEndian)
  }

  private func reader(_ name: String, _ format: EventFormat) -> FieldReader? {
    format[field: name].flatMap { FieldReader($0, isBigEndian: isBigEndian) }
  }

  /// Adds the plan for a row and a text event of this name, and answers its index.
  mutating func add(_ row: EventRow, textName: String) -> Int? {
    guard
      let nowhere = FieldReader(offset: 0, size: 8, isSigned: false, isBigEndian: isBigEndian)
    else { return nil }
    var plan = EventPlan(
      name: textName, head: PlanHead(kind: row.kind, steps: steps.count..<steps.count),
      keys: keys.count..<keys.count, isProbe: row.phase != .tracepoint)
    for field in row.fields {
      let step = PlanStep(field, reader: nowhere)
      let first = steps.count - plan.head.steps.lowerBound
      for name in field.names {
        addKey(name, step: first)
        guard step.operation == .element else { continue }
        for index in 0..<PageArrays.capacity { addKey("\(name)\(index)", step: first + index) }
      }
      let count = step.operation == .element ? PageArrays.capacity : 1
      steps.append(contentsOf: repeatElement(step, count: count))
      plan.fields |= step.fields
    }
    plan.head.steps = plan.head.steps.lowerBound..<steps.count
    plan.keys = plan.keys.lowerBound..<keys.count
    plans.append(plan)
    return plans.count - 1
  }

  private mutating func addKey(_ name: String, step: Int) {
    let key = TextKey(
      start: Int32(keyBytes.count), length: Int32(name.utf8.count), step: Int32(step))
    keyBytes.append(contentsOf: name.utf8)
    keys.append(key)
  }

  /// The steps that a field of a row needs in this format: none where it was not recorded.
  private mutating func binarySteps(_ row: FieldRow, format: EventFormat) -> [PlanStep] {
    for name in row.names {
      if case .array = row.meaning {
        let readers = arrayReaders(name, format: format)
        if !readers.isEmpty { return readers.map { PlanStep(row, reader: $0) } }
      } else if let field = format[field: name] {
        guard row.meaning == .name else {
          return FieldReader(field, isBigEndian: isBigEndian).map { [PlanStep(row, reader: $0)] }
            ?? []
        }
        guard let text = TextReader(field, isBigEndian: isBigEndian),
          let word = FieldReader(
            offset: field.offset, size: min(field.size, 8), isSigned: false,
            isBigEndian: isBigEndian)
        else { return [] }
        var step = PlanStep(row, reader: word)
        step.operand = UInt16(truncatingIfNeeded: texts.count)
        texts.append(text)
        return [step]
      }
    }
    return []
  }

  /// Readers for `s0`, `s1`, … or for the entries of an array `s`.
  private func arrayReaders(_ name: String, format: EventFormat) -> [FieldReader] {
    if let field = format[field: name], case .array(let count, let elementSize) = field.kind {
      return (0..<min(count, PageArrays.capacity)).compactMap {
        FieldReader(
          offset: field.offset + $0 * elementSize, size: elementSize, isSigned: false,
          isBigEndian: isBigEndian)
      }
    }
    var readers: [FieldReader] = []
    while readers.count < PageArrays.capacity,
      let field = format[field: "\(name)\(readers.count)"],
      let reader = FieldReader(field, isBigEndian: isBigEndian)
    {
      readers.append(reader)
    }
    return readers
  }

  /// The nearest ancestor that was recorded: a pointer that was not cannot tell garbage, but the
  /// one it was read through can.
  private static func nearest(
    _ parent: PagemapEvent.Field?, of row: EventRow, among recorded: Set<PagemapEvent.Field>
  ) -> PagemapEvent.Field? {
    var parent = parent
    for _ in 0..<row.fields.count {
      guard let candidate = parent, !recorded.contains(candidate) else { return parent }
      parent = row.fields.first { $0.field == candidate }?.parent
    }
    return nil
  }
}
