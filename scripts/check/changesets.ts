import { runCommand } from './run-command.ts';
import type { CommandResult } from './run-command.ts';

/**
 * Whether every changeset can be read, and on a branch also whether each changed package has one. On the base branch itself there is
 * nothing to compare with.
 */
export async function checkChangesets(): Promise<CommandResult> {
  const base = await baseBranch();
  return runCommand('changeset', base === undefined ? ['status'] : ['status', '--since', base]);
}

async function baseBranch(): Promise<string | undefined> {
  const pullRequestBase = process.env['GITHUB_BASE_REF'];
  if (pullRequestBase !== undefined && pullRequestBase !== '') return `origin/${pullRequestBase}`;
  const current = await runCommand('git', ['branch', '--show-current']);
  const base = await runCommand('git', ['rev-parse', '--verify', '--quiet', 'main']);
  return base.passed && current.passed && !['', 'main'].includes(current.output.trim()) ? 'main' : undefined;
}
