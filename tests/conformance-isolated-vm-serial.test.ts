import { describeConformance } from '@isomux/conformance/vitest';
import * as subject from './subjects/isolated-vm-serial.mjs';

describeConformance(subject);
