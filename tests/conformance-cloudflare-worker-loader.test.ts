import { describeConformance } from '@isomux/conformance/vitest';
import * as subject from './subjects/cloudflare-worker-loader.mjs';

describeConformance(subject);
