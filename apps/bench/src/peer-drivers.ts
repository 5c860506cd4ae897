/** Factories of the published drivers, loaded by the processes that time them. */
import { createNodeIsolateDriver } from '@tanstack/ai-isolate-node';
import { createQuickJSIsolateDriver } from '@tanstack/ai-isolate-quickjs';
import type { DriverFactory } from 'isomux/bench';
import { createRunDriver } from './run-driver.ts';

/** `@tanstack/ai-isolate-node`, on the isolated-vm of this workspace: the one it asks for has no addon for this Node. */
export const aiIsolateNode: DriverFactory = () => createNodeIsolateDriver();

/** `@tanstack/ai-isolate-quickjs`. It breaks on the second tool call that a program awaits. */
export const aiIsolateQuickjs: DriverFactory = () => createQuickJSIsolateDriver();

/** The npm package `run`, behind the same interface. */
export const npmRun: DriverFactory = () => createRunDriver();
