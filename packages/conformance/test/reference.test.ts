import { reference } from './fixtures/reference/driver.ts';
import { describeConformance } from '../src/vitest.ts';

// The reference shares no code with any backend. That it keeps every clause shows that the contract can be kept, and it
// is what the broken subjects are made from.
describeConformance(reference);
