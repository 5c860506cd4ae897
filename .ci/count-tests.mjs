// node count-tests.mjs REPORT STATUS: prints "passed failed skipped" of a vitest JSON report. What failed without being a test, such as
// a file that does not load, a missing report or an exit status that no failure explains, counts as one failure.
import { readFileSync } from 'node:fs';

const [path, status] = process.argv.slice(2);
const { passed, failed, skipped } = countTests(path);
console.log(passed, status === '0' ? failed : Math.max(failed, 1), skipped);

function countTests(file) {
  let report;
  try {
    report = JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return { passed: 0, failed: 1, skipped: 0 };
  }
  const unloaded = report.testResults.filter(
    ({ status: outcome, assertionResults }) => outcome === 'failed' && assertionResults.every((result) => result.status !== 'failed'),
  );
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + unloaded.length,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}
