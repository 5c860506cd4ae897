export { measureProcess } from './node-measure.ts';
export { loadSubject } from './node-subject.ts';
export { runSuiteIsolated } from './node-isolate.ts';
