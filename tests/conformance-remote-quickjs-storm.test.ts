import { describeConformance } from '@isomux/conformance/vitest';
import * as subject from './subjects/remote-quickjs-storm.mjs';

describeConformance(subject);
