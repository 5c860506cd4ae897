import { describeElsewhere } from './elsewhere/describe.ts';
import * as subject from './subjects/quickjs-deno.mjs';

describeElsewhere(subject);
