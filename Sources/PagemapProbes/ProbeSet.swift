package import PagemapEvents

/// A set of probes that recordings are made with: which events a trace of it has.
package enum ProbeSet: String, CaseIterable, Sendable {
  /// Pagemaps, caches, owners, migrations, drm_gpusvm.
  case base
  /// The usual set: `base`, and when mappings end, device pages start, device memory comes and goes.
  case main
  /// `base` and what fires once a page.
  case full
  /// `full`, `main` and what the memory management does.
  case all
  /// `main` and what decides page by page: the first 16 entries of each migration's arrays.
  case pages
  /// `main` without typecasts and without drm_gpusvm.
  case portable
  /// `portable` and what decides page by page.
  case pagesPortable = "pages-portable"
  /// `main` and the functions of the xe driver.
  case xe

  /// The events that it records.
  package var kinds: Set<PagemapEvent.Kind> { Set(ProbeCatalogue.probes(of: self).map(\.kind)) }
}
