extension RuleTable {
  static let mirror = Section(
    title: "drm_gpusvm, ranges, pages",
    rows: [
      Row(
        "R55",
        "the trees are empty when a gpusvm is finished, and the mm_struct's count is balanced",
        open: "all of it: drm_gpusvm_fini empties the trees itself, and the count is not sampled"),
      Row(
        "R56", "a notifier is registered once and removed once, and lives as long as its ranges",
        open: "all of it: its functions are inlined, and no set of probes has those of mm"),
      Row(
        "R57", "a range has one reference for the tree and one for each get, and is freed once",
        open: "gets, which show only in the count that a put samples"),
      Row(
        "R58", "a range that is removed has nothing mapped, and is not mapped again (7.3)",
        open: "pages that were mapped before and stay: they belong to the driver, and no event of "
          + "the removal names them"),
      Row(
        "R59",
        "drm_gpusvm_get_pages that succeeds leaves the pages mapped, with a pagemap held for device "
          + "pages; one that fails leaves nothing",
        open: "mappings of system memory that a failure left: only the pagemap is sampled"),
      Row(
        "R60", "behind an invalidation every pages object of the stretch is unmapped",
        open: "all of it: which pages objects lie in the stretch is not recorded"),
      Row(
        "R61", "a binding is committed only while its pages are valid, under the notifier's lock",
        open: "all of it: neither bindings nor the lock are recorded"),
      Row(
        "R62",
        "pages of memory that was unmapped are flagged and are not mapped again; their range goes "
          + "to the garbage collector",
        open: "the garbage collector's list, which is inlined"),
      Row(
        "R63", "the garbage collector removes each range once, and its list is empty at the end",
        open: "the list"),
      Row(
        "R64", "every function leaves locks and the preempt count as it found them",
        open: "locks that do not disable preemption, but the cache's"),
      Row(
        "R65", "mapping and evicting a range give up after 1000 ms and one attempt",
        open: "drm_gpusvm_scan_mm, whose entry no set of probes has"),
      Row(
        "R66",
        "pages of several zdds, or of device and system, are mixed only where that is allowed",
        open: "all of it: what is allowed is a flag of the caller's context, which is not recorded"),
      Row(
        "R76", "where no owner is given, no device page is mapped",
        open: "all of it: the owner is in the caller's context, which is not recorded"),
      Row(
        "R79",
        "a notifier's callback does not migrate, does not destroy, and drops no address space",
        open: "the drop of an address space, and vm->lock"),
    ])

  static let driver = Section(
    title: "VMA attributes, VMs, processes (xe)",
    rows: [
      Row(
        "R67", "each VMA has one reference of its preferred pagemap, copies have their own",
        open: "which VMA: a reference that nothing drops shows in the count"),
      Row(
        "R68",
        "madvise adds a reference for each VMA it switches to a pagemap, takes one for each it "
          + "switches away, and keeps none of its own",
        open: "the sum of one call: what shows is what stays"),
      Row(
        "R69",
        "behind a successful madvise all VMAs of the range have the pagemap that was asked for",
        open: "all of it: the contents of VMAs are not recorded"),
      Row(
        "R70", "an attribute that is reset drops its reference",
        open: "which VMA: what shows is what stays"),
      Row(
        "R71",
        "a VM is closed, its slots are put and its peer leaves, then VMAs, page tables and ranges go",
        open: "VMAs and page tables"),
      Row(
        "R72", "no fault, no mapping and no migration for a VM that is closed",
        open: "migrations, which do not name their VM"),
      Row(
        "R73", "runtime power references are balanced, and nothing is copied while suspended",
        open:
          "all of it: the tracepoints name the device and the caller, not what the reference is "
          + "for"),
      Row(
        "R74", "a fault that is answered with 0 has bound the range, or it was valid",
        open: "all of it: binding is recorded nowhere"),
    ])
}
