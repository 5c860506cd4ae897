import { describeConformance } from '@isomux/conformance/vitest';
import * as subject from './subjects/remote-isolated-vm.mjs';

describeConformance(subject);
