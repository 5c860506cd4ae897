import { describeConformance } from '@isomux/conformance/vitest';
import * as subject from './subjects/deno.mjs';

describeConformance(subject);
