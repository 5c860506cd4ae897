import { describe, expect, it } from 'vitest';
import { BenchUsageError, parseBenchArguments } from '../../src/bench/options.ts';
import type { BenchSubject } from '../../src/bench/subject.ts';

const offered: BenchSubject[] = ['a', 'b', 'c'].map((id) => ({ id, module: `file:///${id}.js`, factory: 'create' }));
const parse = (...args: readonly string[]) => parseBenchArguments(args, offered);

describe('the options of bench', () => {
  it('measure everything, in full, when there are none', () => {
    expect(parse()).toEqual({ quick: false, scenarios: undefined, subjects: offered, json: undefined, help: false });
  });

  it('choose scenarios and subjects, in lists or one by one, in the order in which they are offered', () => {
    const { scenarios, subjects } = parse('--only', 'throughput,cold-idle', '--only', 'cpu-kernel', '--subjects', 'c,a');
    expect(scenarios).toEqual(['cold-idle', 'throughput', 'cpu-kernel']);
    expect(subjects.map(({ id }) => id)).toEqual(['a', 'c']);
  });

  it('take --quick, --json and --help', () => {
    expect(parse('--quick', '--json', 'out.json', '-h')).toMatchObject({ quick: true, json: 'out.json', help: true });
    expect(parse('--json', '-').json).toBe('-');
  });

  it.each([
    ['an unknown scenario', ['--only', 'cold-idle,warm']],
    ['an unknown subject', ['--subjects', 'd']],
    ['an empty list', ['--only', ',']],
    ['an unknown option', ['--fast']],
    ['an operand', ['quick']],
    ['an option without its value', ['--json']],
  ])('refuse %s', (_, args) => {
    expect(() => parse(...args)).toThrow(BenchUsageError);
  });

  it('name what there is when something is not known', () => {
    expect(() => parse('--subjects', 'a,d')).toThrow(/a, b, c; not d/);
  });
});
