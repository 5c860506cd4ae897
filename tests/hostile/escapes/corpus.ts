import type { Attack } from './attack.ts';
import { BUFFERS } from './buffers.ts';
import { CONSTRUCTORS } from './constructors.ts';
import { ERRORS } from './errors.ts';
import { EXPRESSIONS } from './expressions.ts';
import { HANDLES } from './handles.ts';
import { LOADING } from './loading.ts';
import { POLLUTION } from './pollution.ts';
import { PROMISES } from './promises.ts';
import { PROXIES } from './proxies.ts';
import { SYMBOLS } from './symbols.ts';

/** Every attack, by its class. */
export const ATTACKS: Readonly<Record<string, readonly Attack[]>> = {
  constructors: CONSTRUCTORS,
  errors: ERRORS,
  promises: PROMISES,
  proxies: PROXIES,
  symbols: SYMBOLS,
  buffers: BUFFERS,
  loading: LOADING,
  expressions: EXPRESSIONS,
  pollution: POLLUTION,
  handles: HANDLES,
};
