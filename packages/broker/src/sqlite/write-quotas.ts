import type { Answers, Commands } from "./command.ts";
import { type WriteState, epochOf } from "./write-state.ts";

/** Parts of a quota's window. One more is counted, so that no window of that length holds more, wherever it begins. */
const PARTS = 12;

/**
 * Draws units for the part of the window that `now` is in. They are counted in full until no window reaches back to that part,
 * and worth nothing after it.
 */
export function drawQuota(state: WriteState, draw: Commands["drawQuota"]): Answers["drawQuota"] {
  const { key, tenant, wanted, least, limit, now } = draw;
  const width = Math.max(1, Math.ceil(draw.windowMilliseconds / PARTS));
  const bucket = Math.floor(now / width) * width;
  const everybody = drawn(state, key, "", bucket - PARTS * width);
  const free = Math.max(0, limit - everybody.units);
  const units = Math.min(wanted, tenant === "" ? free : share(state, draw, free, bucket - PARTS * width));
  if (units < least) return { units: 0, until: (everybody.first ?? bucket) + (PARTS + 1) * width };
  for (const counter of new Set(["", tenant]))
    state.database.run(
      "INSERT INTO quota VALUES (?, ?, ?, ?) ON CONFLICT (key, tenant, bucket) DO UPDATE SET drawn = drawn + excluded.drawn",
      key,
      counter,
      bucket,
      units,
    );
  return { units, until: bucket + width };
}

/** INVARIANT: nobody has more than three times what is left for everybody else; who has none gets the least while there is any. */
function share(
  state: WriteState,
  { key, tenant, least }: Commands["drawQuota"],
  free: number,
  oldest: number,
): number {
  const own = drawn(state, key, tenant, oldest).units;
  return Math.max(Math.floor((3 * free - own) / 4), own === 0 ? Math.min(least, free) : 0);
}

/** What counts of a counter, and since when; what does not any more is forgotten. */
function drawn(
  { database }: WriteState,
  key: string,
  tenant: string,
  oldest: number,
): { readonly units: number; readonly first: number | undefined } {
  database.run("DELETE FROM quota WHERE key = ? AND tenant = ? AND bucket < ?", key, tenant, oldest);
  const row = database.get(
    "SELECT coalesce(sum(drawn), 0) AS units, min(bucket) AS first FROM quota WHERE key = ? AND tenant = ? AND bucket >= ?",
    key,
    tenant,
    oldest,
  );
  const first = row?.["first"];
  return { units: Number(row?.["units"]), first: first == null ? undefined : Number(first) };
}

/** A door that is closed for as long already stays as it is. */
export function closeDoor(
  state: WriteState,
  { door, until, entry }: Commands["closeDoor"],
): Answers["closeDoor"] {
  if (epochOf(state.database, door) >= until) return false;
  state.database.run(
    "INSERT INTO epoch VALUES (?, ?) ON CONFLICT (subject) DO UPDATE SET value = excluded.value",
    door,
    until,
  );
  state.chain.append(entry);
  return true;
}
