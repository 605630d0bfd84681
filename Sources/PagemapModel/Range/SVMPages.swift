/// A `struct drm_gpusvm_pages`: what a range or a userptr has mapped for DMA. With device pages it
/// holds one reference of their pagemap. Since 7.3 it belongs to the driver, so that no event ties
/// it to its range. Once the process has unmapped the memory it is flagged, and
/// `drm_gpusvm_get_pages` fails on it.
package struct SVMPages: MachineObject {
  /// Where it stands.
  package enum State: UInt8, CaseIterable, Sendable {
    /// Nothing is mapped.
    case unmapped
    /// Mapped; with device pages it holds a reference of their pagemap.
    case mapped
    /// Flagged: the process unmapped the memory, and no mapping comes any more.
    case flagged
  }

  /// What takes pages from one state to the next.
  package enum Trigger: UInt8, CaseIterable, Sendable {
    /// `drm_gpusvm_get_pages` returns 0.
    case map
    /// `drm_gpusvm_unmap_pages`, a get that failed, or one that maps anew.
    case unmap
    /// `drm_gpusvm_range_set_unmapped`.
    case flag
  }

  /// The life of a drm_gpusvm_pages.
  package static let machine = StateMachine<State, Trigger>(
    "drm_gpusvm_pages", in: "drivers/gpu/drm/drm_gpusvm.c",
    steps: [
      .init(.unmapped, on: .map, to: .mapped, by: "drm_gpusvm_get_pages"),
      .init(.unmapped, .mapped, on: .unmap, to: .unmapped, by: "drm_gpusvm_unmap_pages"),
      .init(.unmapped, .mapped, on: .unmap, to: .unmapped, by: "drm_gpusvm_free_pages"),
      .init(.unmapped, .mapped, on: .unmap, to: .unmapped, by: "drm_gpusvm_get_pages"),
      .init(.unmapped, .mapped, on: .flag, to: .flagged, by: "drm_gpusvm_range_set_unmapped"),
      .init(.flagged, on: .unmap, to: .flagged, by: "drm_gpusvm_unmap_pages"),
      .init(.flagged, on: .flag, to: .flagged, by: "drm_gpusvm_range_set_unmapped"),
    ])

  /// Where it stands.
  package var state: State = .unmapped
  /// The pagemap that it holds a reference of; nil while it holds none.
  package var pagemap: UInt64?
  /// The range that it is part of, where the task's calls told.
  package var range: UInt64?
  /// The event that flagged it: the process unmapped the memory.
  package var flagged: EventNote?

  init() {}
}
