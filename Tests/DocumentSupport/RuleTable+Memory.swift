extension RuleTable {
  static let memory = Section(
    title: "zdd, device allocation, device folio",
    rows: [
      Row(
        "R28",
        "a zdd has one reference for each live folio and one while its migration runs; its pagemap "
          + "has one for each live zdd"),
      Row(
        "R29",
        "a zdd ends once; then detached is complete, and the allocation is given back, once",
        open: "an allocation that is never given back, where its zdd's end is not recorded"),
      Row(
        "R30",
        "each drm_pagemap_migrate_to_devmem consumes its allocation once, whether it succeeds or "
          + "fails",
        open: "the caller's own reference of the buffer object, whose gets and puts are inlined"),
      Row(
        "R31",
        "each release of an allocation has its get of the buffer object, its runtime power "
          + "reference, and its fence is put once",
        open: "all of it: references of buffer objects and fences have no events, and those of "
          + "runtime power do not name the allocation"),
      Row(
        "R32",
        "a page is initialised only when its last epoch has ended, and a folio is freed once in "
          + "each"),
      Row(
        "R33",
        "a folio's zdd lives, is one of the folio's own pagemap, and the page lies in its allocation",
        open: "where in the allocation the page lies: the driver's answer is not recorded"),
      Row("R34", "nothing happens to a folio between its end and its next initialisation"),
      Row(
        "R35",
        "the parts of a split folio have its pagemap, its zdd with a reference each, and its flag; "
          + "together they have its pages",
        open: "all of it by itself: the split tells only the two folios and the zdd; a missing "
          + "reference shows as PM033 when the parts are freed"),
      Row(
        "R78", "the folio of a CPU fault stays referenced and locked until the fault has returned"),
    ])

  static let migrations = Section(
    title: "Migration",
    rows: [
      Row(
        "R36",
        "a range lies within one anonymous VMA and is migrated under mmap_lock, in one call",
        open: "all of it: neither VMAs nor the lock are recorded"),
      Row(
        "R37",
        "what is collected is moved and finalized by the same task; where nothing was collected "
          + "neither follows"),
      Row(
        "R38",
        "the driver copies between collecting and moving, with source and destination locked"),
      Row(
        "R39",
        "what a migration maps for DMA it unmaps, before the array that names it is cleared",
        open: "address, size and direction of each mapping: the DMA calls are not recorded"),
      Row(
        "R40",
        "a folio's content moves once in an epoch; a retired folio is skipped, unlocked and freed",
        open: "pages behind the first 16 of an array, which the probes do not record"),
      Row(
        "R41",
        "a new page of system memory becomes a process's or is unlocked and put: none stays locked",
        open: "each page: locks and puts of system memory have no event; what shows is a pass that "
          + "is never finalized"),
      Row(
        "R42",
        "success means that all foreign pages of the range are in the target; failure that the zdd "
          + "has no folio, unless they raced",
        open: "all of it: the arrays are recorded for 16 pages, and the exception has no event, so "
          + "that a failure with folios may be legal"),
      Row(
        "R42b", "when a copy fails, the destinations are cleared before the move",
        open: "pages behind the first 16 of an array"),
      Row(
        "R43",
        "where all pages are the target's own, the call returns 0 without a copy and gives the "
          + "allocation back"),
      Row(
        "R44",
        "a CPU fault moves nothing before the timeslice ends, which starts when the copies to the "
          + "device have succeeded; an eviction may",
        open: "timeslices of 10 ms and less, and the second half of longer ones: the kernel counts "
          + "in jiffies"),
      Row(
        "R45", "a CPU fault that moves nothing comes again only for as long as a timeslice holds"),
      Row(
        "R46", "the allocation's fences are waited for before the first write",
        open: "all of it: the wait has no event"),
      Row(
        "R47",
        "pages of another device are copied by their own device; those of system memory by the "
          + "destination, one call for a run of equal sources",
        open: "copies between devices: the events of a copy do not name the device"),
      Row(
        "R48",
        "large folios stand at the head of their entries, and what is copied is what is moved",
        open: "all of it: the arrays are recorded for 16 entries, a large folio has 512"),
      Row(
        "R49",
        "an eviction makes three attempts at most, each with counts of its own; it copies what it "
          + "populated, and returns 0 only when the allocation is detached"),
      Row(
        "R50", "an eviction that is busy is told to the memory manager as -ENOSPC",
        open: "all of it: the tracepoint of xe_bo_move has no result"),
      Row(
        "R51",
        "xe_svm_alloc_vram populates twice at most, the second time behind -EBUSY and one eviction; "
          + "a fault allocates once, three times where it needs the device",
        open: "the reason of the second try, and the lock it holds"),
      Row(
        "R52",
        "a range that goes back and forth many times, without a timeslice that ran out or requests "
          + "that explain it, is thrash"),
      Row(
        "R53",
        "behind an unplug nothing moves to the device, its folios go, its cached pagemaps are "
          + "destroyed; references of others are only put"),
      Row(
        "R54", "each function drops the users and the references of an address space that it took",
        open: "all of it: gets of an mm_struct are inlined and its counts are not sampled"),
      Row(
        "R75",
        "a scan that says all is there agrees with the model, and no migration follows it",
        open: "all of it: the answer names no pagemap, and pages that were moved before the "
          + "recording are not known"),
      Row(
        "R77",
        "behind a migration that succeeded the range is bound with the pagemap that was asked",
        open: "all of it: binding is recorded nowhere"),
    ])
}
