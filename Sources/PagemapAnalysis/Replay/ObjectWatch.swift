import PagemapEvents
import PagemapModel
import TraceIngest

/// Keeps the history of the objects at one address while a trace runs.
///
/// An event that neither names the address nor changes an object there costs two marks at most.
struct ObjectWatch {
  private(set) var history: ObjectHistory
  private var steps: [ReplayStep] = []
  private var oldest = 0
  private var kinds: [ObjectSnapshot.Kind] = []
  private var mark = 0
  private var before: [ObjectSnapshot] = []

  init(address: UInt64) { history = ObjectHistory(address: address) }

  /// Takes in what an event did. Answers the step; nil where it was none of the object's business.
  mutating func take(_ event: borrowing PagemapEvent, _ run: borrowing TraceRun) -> ReplayStep? {
    let isNamed = event.names(history.address)
    if !isNamed {
      guard !kinds.isEmpty, run.mirror.mark(of: history.address, kinds) != mark else { return nil }
    }
    let after = run.mirror.objects(at: history.address, names: run.decoder.names)
    let changes = run.changes(from: before, to: after)
    defer {
      before = after
      kinds = after.map(\.kind)
      mark = run.mirror.mark(of: history.address, kinds)
    }
    guard isNamed || !changes.isEmpty else { return nil }
    let step = ReplayStep(event: run.evidence(of: event), changes: changes)
    keep(step)
    noteLives(after, run.mirror.news.endings, step.event)
    return step
  }

  /// The history with its steps in order.
  var complete: ObjectHistory {
    var complete = history
    complete.steps = Array(steps[oldest...]) + Array(steps[..<oldest])
    return complete
  }

  private mutating func keep(_ step: ReplayStep) {
    if steps.count < ObjectHistory.stepLimit {
      steps.append(step)
    } else {
      steps[oldest] = step
      oldest = (oldest + 1) % ObjectHistory.stepLimit
      history.earlierSteps += 1
    }
  }

  private mutating func noteLives(
    _ after: [ObjectSnapshot], _ endings: [ObjectEnding], _ event: Evidence
  ) {
    for index in history.lives.indices where history.lives[index].ended == nil {
      let life = history.lives[index]
      let now = after.first { $0.kind == life.kind && $0.epoch == life.epoch }
      if let now {
        history.lives[index].state = now.state
      } else {
        let end = endings.last {
          $0.address == history.address && $0.kind == life.kind && $0.epoch == life.epoch
        }
        if let end { history.lives[index].state = end.state }
        history.lives[index].ended = event
      }
    }
    for object in after where isNew(object) {
      history.lives.append(
        .init(kind: object.kind, epoch: object.epoch, began: event, state: object.state))
    }
    while history.lives.count > ObjectHistory.lifeLimit {
      history.lives.removeFirst()
      history.earlierLives += 1
    }
  }

  private func isNew(_ object: ObjectSnapshot) -> Bool {
    !history.lives.contains {
      $0.ended == nil && $0.kind == object.kind && $0.epoch == object.epoch
    }
  }
}

extension PagemapEvent {
  /// Whether any field of the event holds this address.
  func names(_ address: UInt64) -> Bool {
    var isNamed = false
    forEachAddress { if $0 == address { isNamed = true } }
    return isNamed
  }
}

extension TraceRun {
  /// What is different between objects before and behind an event, with the names of tasks.
  borrowing func changes(from before: [ObjectSnapshot], to after: [ObjectSnapshot])
    -> [MirrorDifference.Change]
  {
    let names = reader.taskNames
    return MirrorDifference(from: before, to: after, endings: mirror.news.endings).named {
      names[$0]
    }.changes
  }

  /// An event as evidence, with all its fields and its task's name.
  borrowing func evidence(of event: borrowing PagemapEvent) -> Evidence {
    let moment = Moment(
      time: event.timestamp, cpu: event.cpu, pid: event.pid, task: reader.taskNames[event.pid])
    return Evidence(
      moment: moment, event: event.kind.label, detail: describe(copy event, names: decoder.names),
      sequence: event.sequence)
  }
}
