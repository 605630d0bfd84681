/// xe's VMs with shared virtual memory, and which pagemaps their VMAs prefer.
package struct VMRoom: Sendable {
  private var vms = ObjectTable<XeVM>()
  private var attributes = ObjectTable<VMAAttribute>()
  private static let vmLimit = 4096
  private static let attributeLimit = 1 << 16

  /// A copy of the VM at an address; nil where there is none.
  package subscript(address: UInt64) -> XeVM? { vms[address] }
  /// A copy of the attribute at an address; nil where there is none.
  package func attribute(at address: UInt64) -> VMAAttribute? { attributes[address] }
  /// The addresses of all VMs and of all attributes, lowest first.
  var addresses: [UInt64] { vms.addresses.sorted() }
  var attributeAddresses: [UInt64] { attributes.addresses.sorted() }
  /// How many VMs are not finished.
  var liveCount: Int { vms.count { $0.state != .finished } }

  /// Whether one VM more would be kept.
  var hasRoom: Bool { vms.count < Self.vmLimit }

  /// `xe_svm_init`.
  mutating func begin(_ vm: XeVM, at address: UInt64) { vms.insert(vm, at: address) }

  /// A VM takes a step. Answers false where the machine has none, nil where the VM is not known.
  mutating func step(_ address: UInt64, _ trigger: XeVM.Trigger, _ note: EventNote) -> Bool? {
    vms.with(address) { vm in
      let before = vm.state
      guard vm.step(trigger) else { return false }
      if vm.state != before { vm.since = note }
      return true
    }
  }

  /// An attribute prefers a pagemap from now on, or none where that is 0 or nil.
  mutating func prefer(_ pagemap: UInt64?, by address: UInt64, _ note: EventNote) {
    let held = pagemap == 0 ? nil : pagemap
    if attributes.with(address, { $0.prefer(held, note) }) != nil { return }
    guard attributes.count < Self.attributeLimit else { return }
    var attribute = VMAAttribute(since: note)
    attribute.prefer(held, note)
    attributes.insert(attribute, at: address)
  }

  /// The attribute's VMA goes. Answers the attribute as it is then; nil where none was known.
  mutating func destroyVMA(of address: UInt64) -> VMAAttribute? {
    guard var attribute = attributes.remove(address) else { return nil }
    attribute.step(.drop)
    return attribute
  }
}
