import { guestRuntimeSource, loadGuestChunk, trainingInputs } from '@isomux/executor';

/** The guest runtime and its lazy parts. Tests bring smaller ones. */
export interface GuestCode {
  /** An expression with value `{ createRuntime }`. */
  readonly runtimeSource: string;
  /** Throws for an unknown name. */
  readonly loadChunk: (name: string) => string;
  /** Inputs of turns to learn from. */
  readonly training: readonly string[];
}

/** The guest code that every realm runs outside tests. */
export const guestCode: GuestCode = { runtimeSource: guestRuntimeSource, loadChunk: loadGuestChunk, training: trainingInputs };

/**
 * The script that makes a realm's door: a function of `emit` and `load` that returns the one function the host calls.
 * With a text it delivers, without one it collects. Collecting again before the next delivery gives the same text: what
 * isolated-vm returns of a call is lost when a promise was left rejected in it.
 *
 * Strict throughout, so that neither `Error.prepareStackTrace` nor `Function.prototype.caller` can hand the door to a guest.
 */
export function createDoorSource({ runtimeSource }: GuestCode): string {
  return `(()=>{"use strict";const{createRuntime}=${runtimeSource};return(emit,load)=>{const{deliver,collect}=createRuntime({emit,load});let text;return(input)=>{if(input===undefined)return text??=collect();text=undefined;deliver(input)}}})()`;
}
