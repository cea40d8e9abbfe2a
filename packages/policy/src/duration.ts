const UNITS = { s: 1, m: 60, h: 3_600, d: 86_400 } as const;

/** How a duration is written. */
export const DURATION = /^([1-9]\d{0,5})([smhd])$/;

/** Seconds of `"60s"`, `"30m"`, `"24h"`, `"7d"`. @throws TypeError */
export function parseDuration(text: string): number {
  const match = DURATION.exec(text);
  if (match === null) throw new TypeError('expected a duration like "60s", "30m" or "24h"');
  return Number(match[1]) * UNITS[match[2] as keyof typeof UNITS];
}
