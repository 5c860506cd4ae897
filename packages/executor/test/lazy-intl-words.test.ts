import { beforeAll, describe, expect, it } from 'vitest';
import { createWorlds, everywhere, runHere, type Worlds } from './lazy-worlds.ts';

/** Where the chunks put their classes, and where Node has its own. */
declare const PluralRules: typeof Intl.PluralRules | undefined;
declare const ListFormat: typeof Intl.ListFormat | undefined;
declare const RelativeTimeFormat: typeof Intl.RelativeTimeFormat | undefined;
declare const chunk: { made: { getCanonicalLocales(locales: unknown): string[] } } | undefined;

function expectAsNode<A extends unknown[]>(worlds: Worlds, probe: (...args: A) => unknown, ...args: A): void {
  expect(worlds.run(probe, ...args)).toEqual(everywhere(runHere(probe, ...args)));
}

describe('Intl.PluralRules', () => {
  let worlds: Worlds;
  beforeAll(async () => {
    worlds = await createWorlds('intl-plural');
  });

  it('select what Node selects', () => {
    expectAsNode(worlds, () => {
      const Class = typeof PluralRules === 'undefined' ? Intl.PluralRules : PluralRules;
      const values = [
        ...Array.from({ length: 125 }, (_, index) => index),
        -1,
        -0,
        0.5,
        1.5,
        1e6,
        1_000_001,
        1e21,
        Number.NaN,
        Number.POSITIVE_INFINITY,
        '1',
        null,
        undefined,
      ];
      const given: (Intl.PluralRulesOptions | undefined)[] = [
        undefined,
        { type: 'ordinal' },
        { minimumFractionDigits: 1 },
        { maximumFractionDigits: 0 },
        { type: 'ordinal', minimumFractionDigits: 2 },
        { maximumSignificantDigits: 1 },
        { minimumIntegerDigits: 3 },
      ];
      return given.map((options) => values.map((value) => new Class('en-US', options).select(value as number)));
    });
  });

  it('resolve options as Node does, need `new`, and refuse the same', () => {
    expectAsNode(worlds, () => {
      const Class = typeof PluralRules === 'undefined' ? Intl.PluralRules : PluralRules;
      const attempts: (() => unknown)[] = [
        () => Object.entries(new Class('en').resolvedOptions()),
        () => Object.entries(new Class('en', { type: 'ordinal', maximumFractionDigits: 1 }).resolvedOptions()),
        () => (Class as unknown as () => unknown)(),
        () => new Class('en', { type: 'x' as never }),
        () => new Class('en', null as never),
        () => new Class('en').select(1n as never),
        () => [Class.name, Class.length, Object.prototype.toString.call(new Class()), Class.supportedLocalesOf('en')],
      ];
      return attempts.map((attempt) => {
        try {
          return attempt();
        } catch (error) {
          return (error as Error).name;
        }
      });
    });
  });
});

describe('Intl.ListFormat', () => {
  let worlds: Worlds;
  beforeAll(async () => {
    worlds = await createWorlds('intl-list');
  });

  it('join what Node joins, in every style', () => {
    expectAsNode(worlds, () => {
      const Class = typeof ListFormat === 'undefined' ? Intl.ListFormat : ListFormat;
      const lists = [[], ['a'], ['a', 'b'], ['a', 'b', 'c'], ['a', 'b', 'c', 'd'], new Set(['x', 'y'])];
      return (['conjunction', 'disjunction', 'unit'] as const).flatMap((type) =>
        (['long', 'short', 'narrow'] as const).map((style) => {
          const format = new Class('en-US', { type, style });
          return lists.map((list) => [format.format(list), format.formatToParts(list)]);
        }),
      );
    });
  });

  it('resolve options as Node does, need `new`, and refuse the same', () => {
    expectAsNode(worlds, () => {
      const Class = typeof ListFormat === 'undefined' ? Intl.ListFormat : ListFormat;
      const format = new Class('en-US');
      const attempts: (() => unknown)[] = [
        () => Object.entries(format.resolvedOptions()),
        () => (Class as unknown as () => unknown)(),
        () => new Class('en', { type: 'x' as never }),
        () => new Class('en', null as never),
        () => format.format([1] as never),
        () => format.format('abc'),
        () => format.format(5 as never),
        () => format.format(undefined as never),
        () => [Class.name, Class.length, Object.prototype.toString.call(format), Class.supportedLocalesOf('en')],
      ];
      return attempts.map((attempt) => {
        try {
          return attempt();
        } catch (error) {
          return (error as Error).name;
        }
      });
    });
  });

  it('come with getCanonicalLocales', () => {
    expectAsNode(worlds, () => {
      const canonicalize = typeof chunk === 'undefined' ? Intl.getCanonicalLocales : chunk.made.getCanonicalLocales;
      const requests: unknown[] = [
        undefined,
        'EN-us',
        ['de-de', 'DE-DE', 'zh-hans-cn'],
        'sl-rozaj',
        'en-u-hc-h23',
        'x',
        'e',
        '',
        null,
        5,
        [1],
        ['en', null],
      ];
      return requests.map((request) => {
        try {
          return canonicalize(request as string);
        } catch (error) {
          return (error as Error).name;
        }
      });
    });
  });
});

describe('Intl.RelativeTimeFormat', () => {
  let worlds: Worlds;
  beforeAll(async () => {
    worlds = await createWorlds('intl-relative');
  });

  it('say what Node says for every unit, style and distance', () => {
    expectAsNode(worlds, () => {
      const Class = typeof RelativeTimeFormat === 'undefined' ? Intl.RelativeTimeFormat : RelativeTimeFormat;
      const units = ['second', 'minute', 'hour', 'day', 'week', 'month', 'quarter', 'year', 'days', 'hours'] as const;
      const distances = [-1234.5, -2, -1.5, -1, -0.5, -0, 0, 0.5, 1, 1.0004, 2, 1234];
      return (['long', 'short', 'narrow'] as const).flatMap((style) =>
        (['always', 'auto'] as const).map((numeric) => {
          const format = new Class('en-US', { style, numeric });
          return units.map((unit) => distances.map((distance) => [format.format(distance, unit), format.formatToParts(distance, unit)]));
        }),
      );
    });
  });

  it('resolve options as Node does, need `new`, and refuse the same', () => {
    expectAsNode(worlds, () => {
      const Class = typeof RelativeTimeFormat === 'undefined' ? Intl.RelativeTimeFormat : RelativeTimeFormat;
      const format = new Class('en-US');
      const attempts: (() => unknown)[] = [
        () => Object.entries(format.resolvedOptions()),
        () => (Class as unknown as () => unknown)(),
        () => new Class('en', { style: 'x' as never }),
        () => new Class('en', null as never),
        () => format.format(1, 'fortnight' as never),
        () => format.format(Number.NaN, 'day'),
        () => format.format(Number.POSITIVE_INFINITY, 'day'),
        () => format.format('3' as never, 'day'),
        () => format.format(1n as never, 'day'),
        () => [Class.name, Class.length, Object.prototype.toString.call(format), Class.supportedLocalesOf('en')],
      ];
      return attempts.map((attempt) => {
        try {
          return attempt();
        } catch (error) {
          return (error as Error).name;
        }
      });
    });
  });
});
