import type { DateFields, HourCycle } from './date-settings.ts';

/** The pieces of a formatted date in order: a field, or text between fields. */
export type Token = keyof DateFields | 'amPm' | { readonly literal: string };

function literal(text: string): Token {
  return { literal: text };
}

/** Weekday, month, day, year, era, as American English orders them. */
function dateTokens(fields: DateFields): Token[] {
  const { weekday, era, year, month, day } = fields;
  const isText = month === 'long' || month === 'short' || month === 'narrow';
  const tokens: Token[] = [];
  if (month !== undefined) tokens.push('month');
  if (day !== undefined) {
    if (month !== undefined) tokens.push(literal(isText ? ' ' : '/'));
    tokens.push('day');
  }
  // "4 Wednesday 2026": without a month, the weekday belongs to the day.
  const belongsToDay = weekday !== undefined && day !== undefined && month === undefined;
  if (belongsToDay) tokens.push(literal(' '), 'weekday');
  if (year !== undefined) {
    if (month === undefined && day !== undefined && weekday === undefined && year === 'numeric') {
      tokens.splice(0, 1, 'year', literal(' (day: '), 'day', literal(')'));
    } else {
      if (tokens.length > 0) tokens.push(literal(isText ? (day === undefined ? ' ' : ', ') : month === undefined ? ' ' : '/'));
      tokens.push('year');
    }
  }
  if (era !== undefined) tokens.push(...(tokens.length > 0 ? [literal(' ')] : []), 'era');
  if (weekday === undefined || belongsToDay) return tokens;
  if (tokens.length === 0) return ['weekday'];
  return month !== undefined && day !== undefined ? ['weekday', literal(', '), ...tokens] : [...tokens, literal(' '), 'weekday'];
}

function timeTokens(fields: DateFields, hourCycle: HourCycle): Token[] {
  const { hour, minute, second, fractionalSecondDigits, dayPeriod } = fields;
  const tokens: Token[] = [];
  const clock = (['hour', 'minute', 'second'] as const).filter((field) => fields[field] !== undefined);
  const skipsMinute = hour !== undefined && minute === undefined && second !== undefined;
  for (const field of skipsMinute ? (['hour'] as const) : clock) tokens.push(...(tokens.length > 0 ? [literal(':')] : []), field);
  if (fractionalSecondDigits !== undefined && !skipsMinute)
    tokens.push(...(second === undefined ? [] : [literal('.')]), 'fractionalSecondDigits');
  const is12Hours = hourCycle === 'h12' || hourCycle === 'h11';
  const period: Token | undefined =
    dayPeriod !== undefined && (hour === undefined || is12Hours) ? 'dayPeriod' : hour !== undefined && is12Hours ? 'amPm' : undefined;
  if (period !== undefined) tokens.push(...(tokens.length > 0 ? [literal(' ')] : []), period);
  if (skipsMinute) tokens.push(literal(' (second: '), 'second', literal(')'));
  return tokens;
}

/** The order of fields and what stands between them. */
export function datePattern(fields: DateFields, hourCycle: HourCycle): Token[] {
  const date = dateTokens(fields);
  const time = timeTokens(fields, hourCycle);
  const hasTime = time.length > 0;
  if (fields.timeZoneName !== undefined) {
    if (hasTime) time.push(literal(' '));
    time.push('timeZoneName');
  }
  if (date.length === 0 || time.length === 0) return [...date, ...time];
  const isWeekdayAndClock = date.length === 1 && date[0] === 'weekday' && isClock(fields, hourCycle);
  const joint = isWeekdayAndClock ? ' ' : fields.month === 'long' ? ' at ' : ', ';
  return mergeLiterals([...date, literal(joint), ...time]);
}

/** Hour and minute, or "3 PM": what stands with a weekday as one phrase. */
function isClock({ hour, minute, timeZoneName }: DateFields, hourCycle: HourCycle): boolean {
  return hour !== undefined && timeZoneName === undefined && (minute !== undefined || hourCycle === 'h12' || hourCycle === 'h11');
}

function mergeLiterals(tokens: readonly Token[]): Token[] {
  const merged: Token[] = [];
  for (const token of tokens) {
    const last = merged.at(-1);
    if (typeof token === 'object' && typeof last === 'object') merged.splice(-1, 1, literal(last.literal + token.literal));
    else merged.push(token);
  }
  return merged;
}
