extension AddressSpaceRoom: Room {
  static var steps: [StepRow] { KernelMirror.addressSpaceSteps }
}
