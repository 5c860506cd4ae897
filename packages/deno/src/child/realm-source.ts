import { guestRuntimeSource, loadGuestChunk, trainingInputs } from '@isomux/executor';
import { doorsSource } from '../generated/realm-bundle.ts';

/** The guest runtime's lazy parts, but for those that stand in for an `Intl`, which V8 has. */
const CHUNKS = ['abort', 'base64', 'clone', 'digest', 'encoding', 'random', 'url'] as const;

/** What a guest's world begins with: a script with a function of `emit` and `load` as its value, which gives the `Doors`. */
export const doorSource: string = `(()=>{"use strict";const{createDoors}=${doorsSource};const{createRuntime}=${guestRuntimeSource};return(emit,load)=>createDoors(createRuntime,emit,load)})()`;

/** Sources of what it loads later. */
export const chunks: Readonly<Record<string, string>> = Object.fromEntries(CHUNKS.map((name) => [name, loadGuestChunk(name)]));

/** Inputs of turns to learn from. */
export const training: readonly string[] = trainingInputs;
