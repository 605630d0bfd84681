import PagemapModel

/// Which spans belong together: an arrow for each life of a device allocation, from the migration
/// that filled it over what took pages of it to what did so last.
struct PerfettoFlowBook {
  private var flows: [Int: PerfettoFlows] = [:]

  /// Where data was at the start of a migration between devices.
  private struct Place: Hashable {
    var mm: UInt64
    var start: UInt64
  }

  /// `salt` keeps the arrows of several traces apart.
  init(_ spans: [Timeline.Span], salt: UInt64) {
    var lives: [UInt64: [Int]] = [:]
    var order: [UInt64] = []
    var resident: [Place: UInt64] = [:]
    for (index, span) in spans.enumerated() where span.allocationSerial != 0 {
      let serial = span.allocationSerial
      let place = Place(mm: span.mm, start: span.rangeStart)
      switch span.direction {
      case .systemToDevice, .deviceToDevice:
        // What a migration between devices takes out is what the range was in before: the call
        // names the allocation that it fills.
        if span.direction == .deviceToDevice, span.mm != 0, let old = resident[place],
          old != serial
        {
          lives[old]?.append(index)
        }
        if lives[serial] == nil {
          lives[serial] = [index]
          order.append(serial)
        }
        resident[place] = serial
      case .deviceToSystemByFault, .deviceToSystemByEviction:
        lives[serial]?.append(index)
      }
    }
    for serial in order {
      guard let life = lives[serial], life.count > 1, let last = life.last else { continue }
      let flow = serial ^ salt << 48
      for index in life.dropLast() { flows[index, default: PerfettoFlows()].through.append(flow) }
      flows[last, default: PerfettoFlows()].ending.append(flow)
    }
  }

  /// The arrows of the span with this index.
  func flows(of index: Int) -> PerfettoFlows { flows[index] ?? PerfettoFlows() }
}
