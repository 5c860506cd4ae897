import { expect, test } from 'vitest';
import { explainExit, type ExitCircumstances, type SandboxExit } from '../src/exit.ts';
import { DEFAULT_MEMORY_ALLOWANCE } from '../src/memory-allowance.ts';

const MiB = 1024 * 1024;
const small: ExitCircumstances = {
  wasOverMemory: false,
  residentBytes: 60 * MiB,
  memoryBytes: 128 * MiB,
  systemKilled: false,
  allowance: DEFAULT_MEMORY_ALLOWANCE,
  isOutOfMemory: undefined,
};
const large: ExitCircumstances = { ...small, residentBytes: 300 * MiB };
const by = (signal: NodeJS.Signals): SandboxExit => ({ code: null, signal, stderr: 'last words' });
const withCode = (code: number): SandboxExit => ({ code, signal: null, stderr: '' });
const faultOf = (exit: SandboxExit, circumstances: ExitCircumstances): string => explainExit(exit, circumstances).fault.code;

test('a process that somebody kills is lost, and one that ends otherwise has crashed', () => {
  expect(faultOf(by('SIGKILL'), small)).toBe('EXECUTOR_LOST');
  expect(faultOf(by('SIGTERM'), small)).toBe('EXECUTOR_LOST');
  expect(faultOf(by('SIGSEGV'), small)).toBe('ENGINE_CRASHED');
  expect(faultOf(withCode(1), small)).toBe('ENGINE_CRASHED');
  expect(faultOf(withCode(0), small)).toBe('ENGINE_CRASHED');
});

test('a crash with much more memory than the runs may have is for want of it, a kill only where the system has killed', () => {
  expect(faultOf(by('SIGABRT'), large)).toBe('MEMORY_LIMIT');
  expect(faultOf(by('SIGKILL'), large)).toBe('EXECUTOR_LOST');
  expect(faultOf(by('SIGKILL'), { ...large, systemKilled: true })).toBe('MEMORY_LIMIT');
  expect(faultOf(by('SIGKILL'), { ...small, systemKilled: true })).toBe('EXECUTOR_LOST');
  expect(faultOf(by('SIGABRT'), { ...large, memoryBytes: 0 })).toBe('ENGINE_CRASHED');
});

test('the kill of the supervisor itself is for want of memory, whatever the signal', () => {
  expect(explainExit(by('SIGKILL'), { ...small, wasOverMemory: true })).toMatchObject({
    fault: { code: 'MEMORY_LIMIT' },
    wasKilled: false,
  });
});

test('an engine that says that its heap is exhausted is believed of a crash, not of a kill', () => {
  const says = { ...small, isOutOfMemory: ({ signal }: SandboxExit): boolean => signal !== 'SIGSEGV' };
  expect(faultOf(by('SIGTRAP'), says)).toBe('MEMORY_LIMIT');
  expect(faultOf(by('SIGSEGV'), says)).toBe('ENGINE_CRASHED');
  expect(faultOf(by('SIGKILL'), says)).toBe('EXECUTOR_LOST');
});

test('the last words of a process are the cause of its fault', () => {
  expect(explainExit(by('SIGSEGV'), small).fault).toMatchObject({
    message: 'the sandbox process ended by SIGSEGV',
    cause: 'last words',
  });
});
