import { describeConformance } from '@isomux/conformance/vitest';
import * as subject from './subjects/quickjs-inline.mjs';

describeConformance(subject);
