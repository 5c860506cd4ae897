/** Only Firefox has it. */
declare const InternalError: (new () => Error) | undefined;

/** How a module stopped in the middle of what it was doing. Nothing of it may be used afterwards. */
export type VmFaultKind = 'interrupted' | 'memory' | 'stack' | 'crashed';

/** Thrown out of the module, by the functions it imports or by {@link toVmFault}. Never reaches a guest. */
export class VmFault extends Error {
  readonly kind: VmFaultKind;

  constructor(kind: VmFaultKind, detail = '', options?: ErrorOptions) {
    super(detail, options);
    this.kind = kind;
  }
}

/**
 * What anything thrown out of the module means. The kind of error decides, not its text: a host's engine reports its own
 * stack overflow as a RangeError (in Firefox as an InternalError), and a broken module as a RuntimeError. Allocations that
 * were refused right before explain the latter, and the module's own assertions: not every caller in C bears a null pointer.
 */
export function toVmFault(error: unknown, wasRefusedMemory: boolean): VmFault {
  if (error instanceof VmFault) {
    return error.kind === 'crashed' && wasRefusedMemory ? new VmFault('memory', error.message, { cause: error }) : error;
  }
  if (error instanceof RangeError || isInternalError(error)) return new VmFault('stack', 'the native stack ran out', { cause: error });
  const kind = error instanceof WebAssembly.RuntimeError && wasRefusedMemory ? 'memory' : 'crashed';
  return new VmFault(kind, error instanceof Error ? `${error.name}: ${error.message}` : 'an unknown value was thrown', { cause: error });
}

function isInternalError(error: unknown): boolean {
  return typeof InternalError === 'function' && error instanceof InternalError;
}
