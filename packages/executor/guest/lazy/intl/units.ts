/**
 * The units of ECMA-402 as English writes them, from CLDR 48. Each line: identifier, short form, narrow form, and the long
 * form where it is not the identifier. A bar parts singular and plural; a long form without one takes an s.
 */
const UNITS = `
acre,ac,ac
bit,bit,bit
byte,byte,B
celsius,\u00b0C,\u00b0C,degree Celsius|degrees Celsius
centimeter,cm,cm
day,day|days,d
degree,deg,\u00b0
fahrenheit,\u00b0F,\u00b0,degree Fahrenheit|degrees Fahrenheit
fluid-ounce,fl oz,fl oz,fluid ounce
foot,ft,\u2032,foot|feet
gallon,gal,gal
gigabit,Gb,Gb
gigabyte,GB,GB
gram,g,g
hectare,ha,ha
hour,hr,h
inch,in,\u2033,inch|inches
kilobit,kb,kb
kilobyte,kB,kB
kilogram,kg,kg
kilometer,km,km
liter,L,L
megabit,Mb,Mb
megabyte,MB,MB
meter,m,m
microsecond,\u03bcs,\u03bcs
mile,mi,mi
mile-scandinavian,smi,smi,mile-scandinavian|miles-scandinavian
milliliter,mL,mL
millimeter,mm,mm
millisecond,ms,ms
minute,min,m
month,mth|mths,m
nanosecond,ns,ns
ounce,oz,oz
percent,%,%,percent|percent
petabyte,PB,PB
pound,lb,#
second,sec,s
stone,st,st
terabit,Tb,Tb
terabyte,TB,TB
week,wk|wks,w
yard,yd,yd
year,yr|yrs,y
`;

export type UnitDisplay = 'short' | 'narrow' | 'long';

/** What follows the slash where it is not the unit's own form. */
const PER: Readonly<Record<UnitDisplay, Readonly<Record<string, string>>>> = {
  short: { day: 'd', gallon: 'gal US', hour: 'h', month: 'm', second: 's', week: 'w', year: 'y' },
  narrow: { foot: 'ft', inch: 'in', minute: 'min', pound: 'lb' },
  long: {},
};

/** Compounds with a name of their own, in both of the brief displays. */
const COMPOUNDS: Readonly<Record<string, string>> = { 'mile-per-gallon': 'mpg', 'mile-per-hour': 'mph' };

type Forms = Readonly<Record<UnitDisplay, string>>;
let units: ReadonlyMap<string, Forms> | undefined;

function unitForms(unit: string): Forms | undefined {
  units ??= new Map(
    UNITS.trim()
      .split('\n')
      .map((line) => {
        const [name = '', short = '', narrow = '', long = name] = line.split(',');
        return [name, { short, narrow, long: long.includes('|') ? long : `${long}|${long}s` }];
      }),
  );
  return units.get(unit);
}

/** Whether the identifier is one of the standard's units, or one per another. */
export function isUnit(identifier: string): boolean {
  const parts = identifier.split('-per-');
  return parts.length <= 2 && parts.every((part) => unitForms(part) !== undefined);
}

/** What stands after the number, with the space before it if there is one. */
export function unitSuffix(identifier: string, display: UnitDisplay, isOne: boolean): string {
  const compound = display === 'long' ? undefined : COMPOUNDS[identifier];
  const [unit = '', per] = identifier.split('-per-');
  const form = compound ?? formOf(unit, display, isOne);
  const space = display === 'narrow' || /^[%\u00b0]/.test(form) ? '' : ' ';
  if (per === undefined || compound !== undefined) return space + form;
  const denominator = PER[display][per] ?? formOf(per, display, true);
  return `${space}${form}${display === 'long' ? ' per ' : '/'}${denominator}`;
}

function formOf(unit: string, display: UnitDisplay, isOne: boolean): string {
  const [singular = '', plural = singular] = unitForms(unit)?.[display].split('|') ?? [];
  return isOne ? singular : plural;
}
