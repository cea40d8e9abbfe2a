const DAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"] as const;

/** Days as numbers from 0 (Sunday), of `"mon-fri"` or `"mon,wed"`. @throws TypeError */
export function parseDays(text: string): ReadonlySet<number> {
  const days = new Set<number>();
  for (const part of text.split(",")) {
    const [first, last = first, ...more] = part
      .split("-")
      .map((name) => DAYS.indexOf(name as (typeof DAYS)[number]));
    if (first === undefined || last === undefined || first < 0 || last < 0 || more.length > 0)
      throw new TypeError('expected days like "mon-fri" or "mon,wed"');
    for (let day = first; ; day = (day + 1) % 7) {
      days.add(day);
      if (day === last) break;
    }
  }
  return days;
}

/** Minutes since midnight of `"09:00"`; `"24:00"` is the end of the day. @throws TypeError */
export function parseTimeOfDay(text: string): number {
  const match = /^([01]\d|2[0-3]):([0-5]\d)$|^24:00$/.exec(text);
  if (match === null) throw new TypeError('expected a time like "09:00"');
  return text === "24:00" ? 1_440 : Number(match[1]) * 60 + Number(match[2]);
}

/** One formatter per zone: they are large, and thousands of grants name the same few zones. */
const formats = new Map<string, Intl.DateTimeFormat>();

/** A formatter in that zone. @throws TypeError for an unknown zone */
export function parseZone(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone);
  if (known !== undefined) return known;
  try {
    const format = new Intl.DateTimeFormat("en-US", {
      timeZone: zone,
      weekday: "short",
      hour: "2-digit",
      minute: "2-digit",
      hourCycle: "h23",
    });
    formats.set(zone, format);
    return format;
  } catch {
    throw new TypeError(`${zone} is not a time zone; expected one like "Europe/Berlin"`);
  }
}

/** A time window, parsed once. */
export interface Window {
  readonly days: ReadonlySet<number>;
  readonly from: number;
  readonly to: number;
  readonly format: Intl.DateTimeFormat;
}

/** Whether a moment (NumericDate) is inside: from inclusive, to exclusive, in the window's own zone. */
export function isInside(window: Window, now: number): boolean {
  const parts = Object.fromEntries(
    window.format.formatToParts(now * 1_000).map(({ type, value }) => [type, value]),
  );
  const day = DAYS.indexOf(String(parts["weekday"]).toLowerCase() as (typeof DAYS)[number]);
  const minutes = Number(parts["hour"]) * 60 + Number(parts["minute"]);
  return window.days.has(day) && minutes >= window.from && minutes < window.to;
}
