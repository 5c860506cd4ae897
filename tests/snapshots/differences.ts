/** One way in which the engines' worlds differ, with the reason why that is accepted. */
export interface Difference {
  /** Matches the paths it is about. */
  readonly paths: RegExp;
  readonly why: string;
}

/** Every accepted difference between the globals of isolated-vm (V8) and QuickJS. One that no longer occurs fails the test. */
export const DIFFERENCES: readonly Difference[] = [
  {
    paths: /^Intl\b|^BigInt\.prototype\.toLocaleString$/,
    why: 'QuickJS has no Intl; the English parts that programs use load when they are touched.',
  },
  {
    paths: /^RegExp\.(?:\$.|input|last|left|right)/,
    why: 'V8 has the legacy static properties of RegExp; they hold only what the program itself matched.',
  },
  { paths: /^Uint8Array\.(?:prototype\.)?(?:from|to|setFrom)(?:Base64|Hex)$/, why: 'V8 is ahead: base64 and hex of typed arrays.' },
  { paths: /^JSON\.(?:isRawJSON|rawJSON)$/, why: 'V8 is ahead: raw JSON.' },
  { paths: /^Symbol\.(?:asyncDispose|dispose)$|Symbol\.dispose\]$/, why: 'V8 is ahead: explicit resource management.' },
  { paths: /^Math\.sumPrecise$|^Set\.groupBy$/, why: 'QuickJS is ahead, or has what the language dropped.' },
  {
    paths: /^Function\.prototype\.(?:columnNumber|fileName|lineNumber)$/,
    why: "QuickJS tells where a function stands: in the program's own source.",
  },
  { paths: /^Error\.(?:captureStackTrace|stackTraceLimit)$/, why: 'The same extensions of Error, with other attributes.' },
  {
    paths: /^String\.prototype\.length$|^\[\[Prototype\]\] of globalThis$/,
    why: 'Attributes that the engines set otherwise and no program can use.',
  },
];
