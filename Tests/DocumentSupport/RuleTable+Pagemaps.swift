extension RuleTable {
  static let pagemaps = Section(
    title: "drm_pagemap",
    rows: [
      Row(
        "R01",
        "the count is the sum of the known holders whenever nothing is under way; a put finds at "
          + "least 1, and the count is never below the zdds, pages objects and VMA attributes"),
      Row(
        "R02",
        "only drm_pagemap_reinit takes a count from 0 to 1; nothing is migrated to or mapped from a "
          + "pagemap that is cached or destroyed"),
      Row("R03", "drm_pagemap_release runs once in each life"),
      Row(
        "R04",
        "each life has one hold of the provider, which is dropped behind the release, never before",
        open: "that the hold is the life's own, and that drm_dev_put comes behind the release: the "
          + "work that drops holds names neither pagemap nor device"),
      Row(
        "R05",
        "a release ends on the shrinker's list or in drm_pagemap_destroy; on the list only with a "
          + "cache and a device that is there",
        open: "why a release took one of the two ways: drm_dev_enter is not recorded"),
      Row(
        "R06",
        "an object is destroyed once, and its address is not used until a new pagemap gets it"),
      Row(
        "R06b",
        "a destroy that may sleep comes from the cache's end or a failed revival only, never from a "
          + "put, a freed folio or the shrinker"),
      Row(
        "R07",
        "who is destroyed has no references, is on no list, and no zdd, pages object or VMA names it",
        open: "VMAs: their attributes are not recorded one by one"),
      Row(
        "R08",
        "the driver's destroy unmaps the memory if the device is there, and never as well as "
          + "devres; then its peer leaves, then the object is freed",
        open: "the order of unmap, leave and kfree, of which kfree has no event"),
      Row(
        "R09",
        "no device folio of a pagemap lives when its memory is unmapped: memunmap_pages would wait"),
      Row(
        "R10",
        "a borrowed pagemap pointer is used by its borrower alone, before vm->lock is released",
        open: "the lock: what shows is a use that no reference covers"),
    ])

  static let caches = Section(
    title: "Cache and shrinker",
    rows: [
      Row(
        "R11",
        "lookups and stores happen between the lock and the unlock of one task, which are balanced"
      ),
      Row("R12", "a pagemap is stored only into an empty slot"),
      Row("R13", "a region has at most one pagemap that is active or cached"),
      Row(
        "R14",
        "a pagemap is on the shrinker's list exactly while it is cached, and the count is the list's "
          + "length"),
      Row("R15", "a lookup returns an active pagemap with a reference, NULL or an error"),
      Row(
        "R16",
        "a scan takes each pagemap off once, destroys it without sleeping, and clears the slot only "
          + "if it holds that pagemap"),
      Row(
        "R17",
        "who waits for the completion queued is woken by that same life's way to the list; it is "
          + "not complete while the slot's pagemap is active",
        open: "the wait itself, which is within the lookup and has no event"),
      Row(
        "R18",
        "a device's caches end before its shrinker, and nothing enters a cache that has ended",
        open: "a scan that still works on the cache: its steps on a cache are inlined"),
      Row("R19", "the list is empty when the shrinker ends"),
      Row(
        "R20", "when the module goes no hold is queued, and no pagemap and no zdd lives",
        open: "all of it: the probes belong to the module that goes, so nothing of its exit is "
          + "recorded; what would break it shows before, as PM001, PM002 or PM019"),
    ])

  static let owners = Section(
    title: "Owner and peer",
    rows: [
      Row(
        "R21", "a peer leaves once for each time it joined, and joins only when it is in no group"),
      Row(
        "R22", "an owner's count is the number of peers that are in it",
        open: "a count that is off for a reason other than a join or a leave too many or too few"),
      Row(
        "R23",
        "a group is a clique of the interconnect; a peer with a link to all members of a group joins "
          + "it; one device has one owner",
        open: "whether the driver's answer about a link is right; and since the order of the list "
          + "decides, a VM outside its own device's group is only pointed out"),
      Row(
        "R24",
        "mapped memory has the owner of its pagemap's peer; a VM's owner stays until it is closed"),
      Row(
        "R25",
        "a VM accepts a foreign pagemap only of its own owner, else it answers -ENOLINK and drops "
          + "the reference",
        open: "all of it: the request names a file descriptor, and no event which VM a pagemap is "
          + "chosen for; a reference that is kept shows as PM001"),
      Row(
        "R26",
        "another device's memory is mapped, or copied from, only within one owner group",
        open: "mappings: the device that maps is known by its struct device alone, not by its group"
      ),
      Row("R27", "no new owner has the address that mapped memory still names"),
    ])
}
