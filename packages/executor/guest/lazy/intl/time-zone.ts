import type { ZoneNameStyle } from './date-settings.ts';

/** A time zone: how far its clocks are from UTC, and what it is called. */
export interface Zone {
  /** As `resolvedOptions()` names it. */
  readonly id: string;
  /** Minutes ahead of UTC at that time. */
  offsetAt(ms: number): number;
  nameAt(ms: number, style: ZoneNameStyle): string;
}

const UTC_NAMES = /^(?:etc\/)?(?:utc|gmt|uct|zulu|universal|greenwich|gmt[+-]?0)$/i;
const OFFSET = /^([+-])(\d{2})(?::?(\d{2}))?$/;

/** "GMT+5:30", or "GMT+05:30" when it is the long form. */
function offsetName(minutes: number, isLong: boolean): string {
  const distance = Math.abs(minutes);
  const hours = String(Math.floor(distance / 60)).padStart(isLong ? 2 : 1, '0');
  const rest = String(distance % 60).padStart(2, '0');
  return `GMT${minutes < 0 ? '-' : '+'}${hours}${isLong || distance % 60 !== 0 ? `:${rest}` : ''}`;
}

const UTC: Zone = {
  id: 'UTC',
  offsetAt: () => 0,
  nameAt: (_ms, style) => {
    if (style === 'short') return 'UTC';
    return style === 'long' ? 'Coordinated Universal Time' : offsetName(0, style.startsWith('long'));
  },
};

/** The offset of nothing, which is not quite UTC. */
const GREENWICH: Zone = {
  ...UTC,
  nameAt: (ms, style) => (style === 'short' ? 'GMT' : style === 'long' ? 'Greenwich Mean Time' : UTC.nameAt(ms, style)),
};

function fixedZone(sign: string, hours: number, minutes: number): Zone {
  const offset = (sign === '-' ? -1 : 1) * (60 * hours + minutes);
  if (offset === 0) return { ...GREENWICH, id: '+00:00' };
  const id = `${sign}${String(hours).padStart(2, '0')}:${String(minutes).padStart(2, '0')}`;
  return { id, offsetAt: () => offset, nameAt: (_ms, style) => offsetName(offset, style.startsWith('long')) };
}

/** UTC under its names, and fixed offsets. There is no table of the world's zones here: other names are refused. */
export function resolveZone(name: string): Zone {
  if (UTC_NAMES.test(name)) return UTC;
  const [, sign = '', hours = '', minutes = '0'] = OFFSET.exec(name) ?? [];
  if (sign !== '' && Number(hours) < 24 && Number(minutes) < 60) return fixedZone(sign, Number(hours), Number(minutes));
  throw new RangeError(`Invalid time zone specified: ${name} (here there are UTC and offsets such as +05:30)`);
}
