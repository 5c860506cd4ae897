/** A chain of bicycle workshops, made up for the demo: always the same, so that every backend must answer the same. */
export interface Job {
  readonly id: string;
  readonly workshopId: string;
  readonly mechanicId: string;
  readonly minutes: number;
  readonly parts: readonly { readonly sku: string; readonly quantity: number }[];
  readonly finishedAt: string;
}

export const workshops = [
  { id: 'w-harbour', name: 'Harbour Street', city: 'Malmö' },
  { id: 'w-mill', name: 'Old Mill', city: 'Århus' },
  { id: 'w-bridge', name: 'Under the Bridge', city: 'Basel' },
] as const;

export const mechanics = [
  { id: 'm-ida', name: 'Ida', hourlyRate: 58 },
  { id: 'm-jonas', name: 'Jonas', hourlyRate: 52.5 },
  { id: 'm-reto', name: 'Reto', hourlyRate: 71 },
  { id: 'm-sol', name: 'Sol', hourlyRate: 49.9 },
] as const;

export const partPrices: Readonly<Record<string, number>> = {
  'BRAKE-PAD': 8.9,
  'CHAIN-11': 32.5,
  'SPOKE-262': 0.85,
  'TUBE-28': 6.4,
  'TYRE-37': 27.95,
  'CABLE-SET': 14.2,
  'BELL-BRASS': 19,
  'LIGHT-FRONT': 44.95,
};

export const skus: readonly string[] = Object.keys(partPrices);

export const stock: Readonly<Record<string, { readonly onHand: number; readonly reserved: number; readonly reorderAt: number }>> = {
  'BRAKE-PAD': { onHand: 40, reserved: 12, reorderAt: 20 },
  'CHAIN-11': { onHand: 5, reserved: 4, reorderAt: 6 },
  'SPOKE-262': { onHand: 380, reserved: 36, reorderAt: 200 },
  'TUBE-28': { onHand: 18, reserved: 18, reorderAt: 25 },
  'TYRE-37': { onHand: 9, reserved: 2, reorderAt: 8 },
  'CABLE-SET': { onHand: 14, reserved: 1, reorderAt: 10 },
  'BELL-BRASS': { onHand: 3, reserved: 0, reorderAt: 2 },
  'LIGHT-FRONT': { onHand: 2, reserved: 1, reorderAt: 4 },
};

/** Prices by supplier; a SKU that is not listed cannot be delivered. */
export const quotes: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  nordrad: { 'CHAIN-11': 24.1, 'TUBE-28': 3.95 },
  velohaus: { 'CHAIN-11': 26, 'BRAKE-PAD': 5.2, 'TUBE-28': 4.4 },
};

export const rates: Readonly<Record<string, number>> = { SEK: 11.21, DKK: 7.46, CHF: 0.94 };

/** Forty jobs over the second quarter of 2025, laid out by arithmetic instead of chance. */
export const jobs: readonly Job[] = Array.from({ length: 40 }, (_, i) => ({
  id: `job-${i + 1}`,
  workshopId: workshops[(i * 2 + (i % 5)) % workshops.length]?.id ?? 'w-mill',
  mechanicId: mechanics[(i * 3 + 1) % mechanics.length]?.id ?? 'm-ida',
  minutes: 20 + ((i * 37) % 160),
  parts: [
    { sku: skus[(i * 5) % skus.length] ?? 'TUBE-28', quantity: 1 + (i % 3) },
    ...(i % 4 === 0 ? [{ sku: 'SPOKE-262', quantity: 4 }] : []),
  ],
  finishedAt: new Date(Date.UTC(2025, 3, 1 + ((i * 7) % 91), 8 + (i % 9), (i * 13) % 60)).toISOString(),
}));
