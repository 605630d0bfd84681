/// Finds the lines of a text whose stamps are in every report, and those that name tasks.
struct TextEdges {
  /// Where these lines start in the file.
  private(set) var places: Set<UInt64> = []
  private var cpus: [UInt32: CPUState] = [:]
  /// The highest stamp and its line.
  private var highest: (stamp: UInt64, place: UInt64)?
  /// The first line that names each task, and the tasks of the lines that are kept.
  private var naming: [Int32: UInt64] = [:]
  private var tasks: Set<Int32> = []

  private struct CPUState {
    /// The line of its latest event; nil before the first.
    var last: (place: UInt64, pid: Int32)?
    /// Whether events are missing before its next event.
    var isLossPending = false
  }

  private static let taskLimit = 65_536
  /// What the kernel prints for a task whose name it has forgotten.
  private static let unknown: [UInt8] = [0x3c, 0x2e, 0x2e, 0x2e, 0x3e]

  /// Takes in an event's line.
  mutating func take(_ event: TextEvent, _ bytes: [UInt8], at place: UInt64, isKept: Bool) {
    var cpu = cpus[event.cpu] ?? CPUState()
    if let last = cpu.last {
      if cpu.isLossPending {
        keep(last.place, last.pid)
        keep(place, event.pid)
      }
    } else {
      keep(place, event.pid)
    }
    cpu.isLossPending = false
    cpu.last = (place, event.pid)
    cpus[event.cpu] = cpu
    if event.timestamp > highest?.stamp ?? 0 { highest = (event.timestamp, place) }
    if isKept, tasks.count < Self.taskLimit { tasks.insert(event.pid) }
    if naming.count < Self.taskLimit, naming[event.pid] == nil,
      bytes[event.comm] != Self.unknown[...]
    {
      naming[event.pid] = place
    }
  }

  /// Notes that events of a CPU are missing.
  mutating func lose(_ cpu: UInt32) { cpus[cpu, default: CPUState()].isLossPending = true }

  /// Takes in that the text ends.
  mutating func finish() {
    for cpu in cpus.values {
      if let last = cpu.last { keep(last.place, last.pid) }
    }
    if let highest { places.insert(highest.place) }
    for task in tasks {
      if let place = naming[task] { places.insert(place) }
    }
  }

  private mutating func keep(_ place: UInt64, _ pid: Int32) {
    places.insert(place)
    if tasks.count < Self.taskLimit { tasks.insert(pid) }
  }
}
