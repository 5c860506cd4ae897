import { describeElsewhere } from './elsewhere/describe.ts';
import * as subject from './subjects/quickjs-chromium.mjs';

describeElsewhere(subject);
