import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readEnvironment } from '@isomux/server';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { FOLDER, IMAGE_ENV, PATHS, QUEUE_METRIC } from './image.ts';

type Tree = Readonly<Record<string, unknown>>;

function readYaml(file: string): Tree {
  const [document, ...more] = parseAllDocuments(readFileSync(join(FOLDER, file), 'utf8'), { uniqueKeys: true });
  if (document === undefined || !('errors' in document)) throw new Error(`${file} has no document`);
  expect({ file, more, errors: document.errors, warnings: document.warnings }).toEqual({ file, more: [], errors: [], warnings: [] });
  return document.toJS() as Tree;
}

/** What is at a path of keys and indices, or `undefined`. */
function at(tree: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((node, key) => (node as Record<string, unknown> | undefined)?.[key], tree);
}

const hasKubectl = spawnSync('kubectl', ['version', '--client'], { stdio: 'ignore' }).status === 0;
if (!hasKubectl) console.warn('There is no kubectl on this machine: the manifests are not put together with it.');

const SECONDS = /^(\d+)s$/;
const GiB = 1024 ** 3;

/** What the runs of a server may have together, were they all as large as they may be. */
function mostMemoryOf(env: Readonly<Record<string, string>>): number {
  const { executor } = readEnvironment({ ...IMAGE_ENV, ...env, EXECUTOR_TOKEN: 'secret' });
  return (executor.maxRuns ?? NaN) * (executor.ceilings.memoryBytes ?? NaN);
}

describe('compose.yaml', () => {
  const compose = readYaml('compose.yaml');
  const executor = at(compose, 'services.executor') as Tree;
  const env = executor['environment'] as Readonly<Record<string, string>>;

  it('gives the executor no way out, nothing to write to and nothing to become', () => {
    expect(executor['networks']).toEqual(['sandbox']);
    expect(at(compose, 'networks.sandbox.internal')).toBe(true);
    expect(executor).toMatchObject({ read_only: true, cap_drop: ['ALL'], security_opt: ['no-new-privileges:true'], user: '1000:1000' });
    for (const key of ['ports', 'volumes', 'privileged', 'cap_add', 'devices', 'network_mode', 'pid', 'tmpfs']) {
      expect(executor).not.toHaveProperty(key);
    }
  });

  it('bounds what it uses, and has room for the runs that it lets in', () => {
    expect(executor).toMatchObject({ mem_limit: '4g', memswap_limit: '4g', pids_limit: expect.any(Number) as number });
    expect(mostMemoryOf(env)).toBeLessThanOrEqual(2 * GiB);
  });

  it('does not start without a token, and has none', () => {
    expect(env['EXECUTOR_TOKEN']).toMatch(/^\$\{EXECUTOR_TOKEN:\?/);
  });

  it('waits for the runs in progress when it is stopped', () => {
    const { drainMs = NaN } = readEnvironment({ ...env, EXECUTOR_TOKEN: 'secret' }).server;
    expect(Number(SECONDS.exec(String(executor['stop_grace_period']))?.[1]) * 1000).toBeGreaterThan(drainMs);
  });

  it('has a gateway for others, on this machine, to the port of the image', () => {
    const gateway = at(compose, 'services.gateway') as Tree;
    expect(gateway['profiles']).toEqual(['gateway']);
    expect(gateway['networks']).toEqual(['sandbox', 'outside']);
    expect((gateway['ports'] as string[]).every((port) => port.startsWith('127.0.0.1:'))).toBe(true);
    expect((gateway['command'] as string[]).at(-1)).toBe(`executor:${IMAGE_ENV['PORT']}`);
  });
});

describe('the Kubernetes manifests', () => {
  const files = readdirSync(join(FOLDER, 'kubernetes'));
  const read = (file: string): Tree => readYaml(`kubernetes/${file}`);
  const deployment = read('deployment.yaml');
  const pod = at(deployment, 'spec.template.spec') as Tree;
  const container = at(pod, 'containers.0') as Tree;
  const env = Object.fromEntries((container['env'] as { name: string; value?: string }[]).map(({ name, value }) => [name, value]));
  const labels = at(deployment, 'spec.template.metadata.labels') as Tree;
  const port = (container['ports'] as { name: string; containerPort: number }[])[0];

  it('are all in the kustomization, of known kinds and one name', () => {
    const { resources } = read('kustomization.yaml') as { resources: string[] };
    expect([...resources, 'kustomization.yaml'].toSorted()).toEqual(files.toSorted());
    const kinds = resources.map((file) => {
      const { kind, apiVersion, metadata } = read(file);
      expect(at(metadata, 'name')).toBe('isomux-executor');
      return `${String(apiVersion)} ${String(kind)}`;
    });
    expect(kinds.toSorted()).toEqual([
      'apps/v1 Deployment',
      'autoscaling/v2 HorizontalPodAutoscaler',
      'monitoring.coreos.com/v1 PodMonitor',
      'networking.k8s.io/v1 NetworkPolicy',
      'policy/v1 PodDisruptionBudget',
      'v1 Service',
    ]);
  });

  it.runIf(hasKubectl)('are put together by kubectl', () => {
    const { status, stdout, stderr } = spawnSync('kubectl', ['kustomize', join(FOLDER, 'kubernetes')], { encoding: 'utf8' });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(parseAllDocuments(stdout)).toHaveLength(files.length - 1);
  });

  it('select the pods of the deployment', () => {
    const selectors = [
      at(deployment, 'spec.selector.matchLabels'),
      at(read('service.yaml'), 'spec.selector'),
      at(read('pod-disruption-budget.yaml'), 'spec.selector.matchLabels'),
      at(read('network-policy.yaml'), 'spec.podSelector.matchLabels'),
      at(read('pod-monitor.yaml'), 'spec.selector.matchLabels'),
      at(pod, 'topologySpreadConstraints.0.labelSelector.matchLabels'),
    ];
    for (const selector of selectors) expect(selector).toEqual(labels);
  });

  it('give a pod no rights, nothing to write to and no way to the cluster', () => {
    expect(pod).toMatchObject({
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: 'RuntimeDefault' } },
    });
    expect(container['securityContext']).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
    for (const key of ['volumes', 'hostNetwork', 'hostPID', 'hostIPC']) expect(pod).not.toHaveProperty(key);
  });

  it('let nothing out', () => {
    expect(read('network-policy.yaml')['spec']).toMatchObject({ policyTypes: ['Ingress', 'Egress'], egress: [] });
  });

  it('agree on the port, and on where the server tells of itself', () => {
    expect(port).toEqual({ name: 'http', containerPort: Number(IMAGE_ENV['PORT']) });
    expect(env['PORT']).toBe(IMAGE_ENV['PORT']);
    expect(at(read('service.yaml'), 'spec.ports.0')).toEqual({ name: 'http', port: port?.containerPort, targetPort: 'http' });
    expect(at(read('network-policy.yaml'), 'spec.ingress.0.ports.0.port')).toBe('http');
    for (const probe of ['startupProbe', 'readinessProbe', 'livenessProbe']) expect(at(container, `${probe}.httpGet.port`)).toBe('http');
    // That these answer is tested with the start command.
    expect(at(container, 'startupProbe.httpGet.path')).toBe(PATHS.ready);
    expect(at(container, 'readinessProbe.httpGet.path')).toBe(PATHS.ready);
    expect(at(container, 'livenessProbe.httpGet.path')).toBe(PATHS.live);
    const scrape = at(read('pod-monitor.yaml'), 'spec.podMetricsEndpoints.0');
    expect(scrape).toMatchObject({ port: 'http', path: PATHS.metrics, authorization: { credentials: { name: 'isomux-executor' } } });
  });

  it('set what the server reads, the token from a secret', () => {
    const token = (container['env'] as Tree[]).find(({ name }) => name === 'EXECUTOR_TOKEN');
    expect(token).toEqual({ name: 'EXECUTOR_TOKEN', valueFrom: { secretKeyRef: { name: 'isomux-executor', key: 'token' } } });
    const { drainMs = NaN } = readEnvironment({ ...IMAGE_ENV, ...env, EXECUTOR_TOKEN: 'secret' }).server;
    const sleepMs = Number(at(container, 'lifecycle.preStop.sleep.seconds')) * 1000;
    expect(Number(pod['terminationGracePeriodSeconds']) * 1000).toBeGreaterThan(drainMs + sleepMs);
    expect(mostMemoryOf(env as Record<string, string>)).toBeLessThanOrEqual(2 * GiB);
    expect(container['resources']).toMatchObject({ requests: { memory: '4Gi' }, limits: { memory: '4Gi' } });
  });

  it('scale the deployment by the runs that wait', () => {
    const spec = read('horizontal-pod-autoscaler.yaml')['spec'];
    expect(at(spec, 'scaleTargetRef')).toEqual({ apiVersion: 'apps/v1', kind: 'Deployment', name: 'isomux-executor' });
    expect(at(spec, 'metrics')).toMatchObject([
      { type: 'Pods', pods: { metric: { name: QUEUE_METRIC }, target: { type: 'AverageValue' } } },
    ]);
    expect(at(deployment, 'spec')).not.toHaveProperty('replicas');
  });
});
