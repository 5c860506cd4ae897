import { describeConformance } from '@isomux/conformance/vitest';
import * as subject from './subjects/cloudflare-quickjs.mjs';

describeConformance(subject);
