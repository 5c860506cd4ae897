import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';

/** Programs whose results would tell the host's zone. Dates around both changes of the clocks in New York, and far away. */
const TIMES =
  '[0, 1e12, -1e12, 1709999999999, 1710054000000, 1710057599999, 1710057600000, 1730610000000, 1730613600000, 8.64e15, -8.64e15, NaN]';
const PARTS = `[[2024, 0, 1], [2024, 2, 10, 2, 30], [2024, 10, 3, 1, 30], [99, 0], [0, 0, 1], [-1, 0, 1], [2024, 12, 40, 30, 70, 70, 7000], [2024, NaN], ['2024', '5', '6'], [275760, 8, 14], [2024, 0, 1, 0, 0, 0, 0, 99]]`;
const TEXTS = [
  '2024',
  '2024-03',
  '2024-03-10',
  '2024-03-10T02:30',
  '2024-03-10T02:30:00',
  '2024-03-10T02:30:00.123',
  '2024-03-10T02:30:00.123456',
  '2024-03-10T02:30Z',
  '2024-03-10T02:30:00+05:30',
  '2024-03-10T02:30:00-0500',
  '2024-03-10 02:30',
  '2024-03-10 02:30:00',
  '2024-03-10 02:30:00Z',
  '2024-03-10 02:30:00 +02:00',
  '2024/03/10',
  '2024/03/10 02:30',
  '03/10/2024',
  '3/10/2024 2:30 PM',
  '3/10/2024, 2:30:00 PM',
  'Mar 10 2024',
  'March 10, 2024',
  '10 March 2024',
  'Mar 10, 2024 02:30',
  'Mar 10, 2024 02:30 PM',
  'Sun Mar 10 2024',
  'Sun Mar 10 2024 02:30:00',
  'Sun, 10 Mar 2024 02:30:00 GMT',
  'Sun Mar 10 2024 02:30:00 GMT+0100',
  'Sun Mar 10 2024 02:30:00 GMT+0100 (Central European Standard Time)',
  'Sun Mar 10 2024 02:30:00 GMT+0000 (Coordinated Universal Time)',
  'Mar 10 2024 02:30 EST',
  'Mar 10 2024 02:30 UTC',
  'Mar 10 2024 (EST) 02:30',
  '+002024-03-10T02:30:00',
  '-000001-01-01T00:00:00',
  'Thu Jan 01 1970',
  'Jan 1 1970 00:00',
  '1/1/1970',
  'not a date',
  '',
  '  2024-03-10  ',
  '12',
  'Mayday',
  '10:30',
  '2024-13-01',
  '2024-02-30T00:00:00',
];
const METHODS =
  'getDate getDay getFullYear getHours getMilliseconds getMinutes getMonth getSeconds getTime getTimezoneOffset getUTCHours valueOf toString toDateString toTimeString toUTCString toJSON'.split(
    ' ',
  );

const programs = {
  getters: `return ${TIMES}.map((ms) => ${JSON.stringify(METHODS)}.map((name) => new Date(ms)[name]()))`,
  annexB: `return ${TIMES}.map((ms) => [new Date(ms).getYear?.(), typeof new Date(ms).setYear])`,
  constructed: `return ${PARTS}.map((parts) => new Date(...parts).getTime())`,
  texts: `return ${JSON.stringify(TEXTS)}.map((text) => [text, new Date(text).getTime(), Date.parse(text)])`,
  conversions: `return [new Date(new Date(5)), new Date({ valueOf: () => 7 }), new Date({ toString: () => '2024-03-10T02:30', valueOf: () => ({}) }), new Date({ [Symbol.toPrimitive]: (hint) => hint === 'default' ? '2024-03-10 02:30' : 0 }), new Date(null), new Date(true), new Date('5'), new Date([2024, 3]), new Date(new String('2024-03-10T02:30')), new Date(undefined)].map((d) => d.getTime())
    .concat([() => new Date(Symbol()), () => new Date(1n), () => new Date({ [Symbol.toPrimitive]: () => ({}) }), () => Date.parse(Symbol())].map((f) => { try { return f().getTime() } catch (e) { return e.name } }))`,
  setters: `return [['setDate', 15], ['setFullYear', 2020, 1, 29], ['setHours', 2, 30, 15, 5], ['setMilliseconds', 5], ['setMinutes', 61], ['setMonth', 13, 5], ['setSeconds', -1], ['setHours', NaN], ['setFullYear'], ['setTime', 5]].map(([name, ...args]) => [0, 1710054000000, NaN].map((ms) => { const d = new Date(ms); return [d[name](...args), d.getTime()] }))`,
  asText: `const d = new Date(2024, 2, 10, 2, 30); return [String(d), d + '', \`\${d}\`, Date().slice(15), JSON.stringify({ d }), [d].join(), d.toISOString()]`,
  locale: `const d = new Date(Date.UTC(2024, 2, 10, 2, 30)); return [d.toLocaleString('en-US'), d.toLocaleDateString('en-US'), d.toLocaleTimeString('en-US'), d.toLocaleString('en-US', { timeZone: '+09:00' }), d.toLocaleDateString('en-US', { dateStyle: 'full' }), d.toLocaleTimeString('en-US', { timeStyle: 'short' }), d.toLocaleString('en-US', { hour: 'numeric', timeZoneName: 'short' })]`,
  intl: `const d = new Date(Date.UTC(2024, 2, 10, 2, 30)); const f = new Intl.DateTimeFormat('en-US', { dateStyle: 'short', timeStyle: 'short' }); return [f.format(d), f.format === f.format, f.resolvedOptions().timeZone, new Intl.DateTimeFormat('en-US', { hour: 'numeric', timeZone: '-05:00' }).format(d), Intl.DateTimeFormat('en-US').format(d), f.formatToParts(d).map((p) => p.value).join(''), f instanceof Intl.DateTimeFormat, new (class extends Intl.DateTimeFormat {})('en-US').format(d), Intl.DateTimeFormat.name, f.format().length > 5]`,
  defaults: `const d = new Date(Date.UTC(2024, 2, 10, 14, 30)); return [(1234567.891).toLocaleString(), (12345678901234567890n).toLocaleString(), d.toLocaleString(), d.toLocaleDateString(undefined, { month: 'long' }), d.toLocaleTimeString(), [1234.5, d].toLocaleString(), new Intl.NumberFormat().format(1234.5), Intl.NumberFormat(undefined, { style: 'currency', currency: 'USD' }).format(1234.5), new Intl.DateTimeFormat().format(d), new Intl.NumberFormat().resolvedOptions().locale,
    new Intl.PluralRules().select(2), ['z', 'ä', 'a', 'ö'].sort((a, b) => a.localeCompare(b)).join(''), ['z', 'ä', 'a'].sort(new Intl.Collator().compare).join(''), new Intl.ListFormat().format(['a', 'b', 'c']), new Intl.RelativeTimeFormat().format(-1, 'day'), (0.5).toLocaleString(undefined, { style: 'percent' })]`,
  languages: `if (!Intl.DisplayNames) return 'only with a whole Intl'; const d = new Date(Date.UTC(2024, 2, 10, 14, 30)); return ['i'.toLocaleUpperCase(), 'I'.toLocaleLowerCase(), 'i'.toLocaleUpperCase('tr'), (1234.5).toLocaleString('de'), (1234.5).toLocaleString(['zz', 'de-DE']), (1234.5).toLocaleString('zz'), (1234.5).toLocaleString([]), d.toLocaleDateString('de-DE'), d.toLocaleDateString(['xx', 'fr']), new Intl.NumberFormat('zz').resolvedOptions().locale, 'ä'.localeCompare('z', 'sv') > 0, 'ä'.localeCompare('z', 'zz') < 0,
    new Intl.DisplayNames(undefined, { type: 'region' }).of('DE'), new Intl.Segmenter().resolvedOptions().locale, Intl.Collator.supportedLocalesOf(['de', 'zz']).join(),
    [() => Intl.PluralRules(), () => (1).toLocaleString('not a locale!'), () => new Intl.NumberFormat(null), () => Number.prototype.toLocaleString.call('x'), () => new Intl.DisplayNames()].map((f) => { try { return String(f()) } catch (e) { return e.name } }),
    [Intl.NumberFormat, Intl.Collator, Intl.DisplayNames].map((f) => [f.name, f.length, Object.getPrototypeOf(f) === Function.prototype, f.prototype.constructor === f]), new (class extends Intl.NumberFormat { twice(x) { return this.format(2 * x) } })().twice(1000), Number.prototype.toLocaleString.name, Number.prototype.toLocaleString.length]`,
  shape: `return [Date.name, Date.length, new Date(0) instanceof Date, Date.prototype.constructor === Date, new (class extends Date {})(2024, 0).getTime(), Reflect.construct(Date, [2024, 0]).getTime(), Object.keys(Date.prototype).length, typeof Date.prototype.getYear, Date.UTC(2024, 0), (() => { try { Date.prototype.getHours.call({}) } catch (e) { return e.name } })(), (() => { try { Date.prototype.toString.call({}) } catch (e) { return e.name } })()]`,
};

interface ChildResult {
  readonly offset: number;
  readonly results: Record<'vm' | 'quickjs', unknown[]>;
}

async function runIn(zone: string, locale = 'C'): Promise<ChildResult> {
  const child = join(import.meta.dirname, 'fixtures', 'zone-child.ts');
  const { stdout } = await promisify(execFile)(process.execPath, ['--no-warnings', child, JSON.stringify(Object.values(programs))], {
    env: { PATH: process.env['PATH'], TZ: zone, LC_ALL: locale },
  });
  return JSON.parse(stdout) as ChildResult;
}

describe('dates in a zone of the host', () => {
  let utc: ChildResult;
  beforeAll(async () => {
    utc = await runIn('UTC');
    expect(utc.offset).toBe(0);
  });

  it.each([
    ['America/New_York', 300],
    ['Asia/Kolkata', -330],
    ['Europe/London', 0],
    ['Australia/Lord_Howe', -660],
  ])('%s are what they are in UTC', async (zone, offset) => {
    const there = await runIn(zone);
    expect(there.offset).toBe(offset);
    for (const engine of ['vm', 'quickjs'] as const) {
      for (const [index, name] of Object.keys(programs).entries()) {
        expect([engine, name, there.results[engine][index]]).toEqual([engine, name, utc.results[engine][index]]);
      }
    }
  });

  it.each(['de_DE.UTF-8', 'en_GB.UTF-8', 'tr_TR.UTF-8', 'ar_EG.UTF-8', 'th_TH.UTF-8', 'sv_SE.UTF-8'])(
    'and in the language %s are what they are in en-US',
    async (locale) => {
      const there = await runIn('Asia/Kolkata', locale);
      for (const [index, name] of Object.keys(programs).entries()) {
        expect([name, there.results.vm[index]]).toEqual([name, utc.results.vm[index]]);
      }
    },
  );

  it('UTC are the same on both engines, but for texts only one of them can read', () => {
    for (const [index, name] of Object.keys(programs).entries()) {
      if (name === 'texts' || name === 'conversions' || name === 'annexB' || name === 'shape' || name === 'languages') continue;
      expect([name, utc.results.quickjs[index]]).toEqual([name, utc.results.vm[index]]);
    }
  });
});
