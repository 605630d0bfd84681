import PagemapEvents

extension ProbeCatalogue {
  /// drm_gpusvm.c.
  static let gpusvm: [CatalogueProbe] = [
    .function(.gpusvmInit, "gpusvm mm mm_range:x64 notifier_size:x64"),
    .function(.gpusvmFini, "gpusvm mm=gpusvm->mm"),
    .function(.rangeFindOrInsert, "gpusvm fault_addr:x64"),
    .function(
      .rangeFindOrInsertReturn,
      """
      gpusvm fault_addr:x64 ret=$retval:x64 start=$retval->itree.start:x64 \
      last=$retval->itree.last:x64 rref=$retval->refcount.refcount.refs.counter \
      flags=$retval->flags.__flags
      """
    ).or(
      .function(
        .rangeFindOrInsertReturn,
        """
        gpusvm fault_addr:x64 ret=$retval:x64 start=$retval->itree.start:x64 \
        last=$retval->itree.last:x64 rref=$retval->refcount.refcount.refs.counter
        """, form: .older)),
    .function(
      .rangeRemove,
      """
      gpusvm range start=range->itree.start:x64 last=range->itree.last:x64 \
      rref=range->refcount.refcount.refs.counter
      """),
    .function(.rangePut, "range rref=range->refcount.refcount.refs.counter"),
    .function(.rangeEvict, "gpusvm range start=range->itree.start:x64"),
    .function(.rangeEvictReturn, "range ret=$retval"),
    .function(
      .getPages,
      "gpusvm svm_pages dpagemap=svm_pages->dpagemap mm start=pages_start:x64 end=pages_end:x64"),
    .function(
      .getPagesReturn,
      """
      svm_pages dpagemap=svm_pages->dpagemap \
      ref=svm_pages->dpagemap->ref.refcount.refs.counter flags=svm_pages->flags.__flags \
      start=pages_start:x64 ret=$retval
      """),
    .function(
      .unmapPages,
      "gpusvm svm_pages dpagemap=svm_pages->dpagemap npages flags=svm_pages->flags.__flags"),
    .function(.freePages, "gpusvm svm_pages dpagemap=svm_pages->dpagemap npages"),
    .function(
      .notifierInvalidate,
      "mni event=mmu_range->event start=mmu_range->start:x64 end=mmu_range->end:x64 cur_seq"),
    .function(.scanMMReturn, "range ret=$retval"),
    .function(.rangeSetUnmapped, "range start=range->itree.start:x64"),
  ].placed(in: "drm_gpusvm", of: "drm_gpusvm_helper")
}
