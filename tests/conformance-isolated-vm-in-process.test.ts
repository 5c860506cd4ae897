import { describeConformance } from '@isomux/conformance/vitest';
import * as subject from './subjects/isolated-vm-in-process.mjs';

describeConformance(subject);
