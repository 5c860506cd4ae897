import { describeElsewhere } from './elsewhere/describe.ts';
import * as subject from './subjects/quickjs-bun.mjs';

describeElsewhere(subject);
