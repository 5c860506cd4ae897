import { describeConformance } from '@isomux/conformance/vitest';
import * as subject from './subject.mjs';

describeConformance(subject);
