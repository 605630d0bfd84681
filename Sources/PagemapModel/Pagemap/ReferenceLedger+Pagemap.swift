extension ReferenceLedger {
  /// Who holds a pagemap's references as the model knows it, by a sample of its count.
  package init(of pagemap: Pagemap, _ sample: Pagemap.Sample) {
    var holders: [Holder] = []
    if !pagemap.references.slots.isEmpty {
      holders.append(
        Holder(
          kind: "VM slot", count: Int64(pagemap.references.slots.count),
          addresses: Array(pagemap.references.slots.map(\.peer).sorted().prefix(8))))
    }
    if pagemap.references.zdds > 0 {
      holders.append(Holder(kind: "zdd", count: pagemap.references.zdds))
    }
    if pagemap.references.svmPages > 0 {
      holders.append(Holder(kind: "drm_gpusvm_pages", count: pagemap.references.svmPages))
    }
    let level = pagemap.references.levels.first
    // The tasks at both ends come first.
    var tasks = TaskList()
    for note in [level?.below, level?.reached] {
      if let note { tasks.insert(note.pid) }
    }
    for pid in level?.tasks.all ?? [] { tasks.insert(pid) }
    self.init(
      references: sample.value, sampledAt: sample.note.moment, holders: holders,
      unattributed: pagemap.references.unattributed ?? 0, appearedAfter: level?.below?.moment,
      appearedBefore: level?.reached.moment, tasksThen: tasks.all.map { NamedTask(pid: $0) })
    shownBy = level?.reached.sequence
  }
}
