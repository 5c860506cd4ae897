import { describeConformance } from '@isomux/conformance/vitest';
import * as subject from './subjects/quickjs-thread.mjs';

describeConformance(subject);
