import { type CompiledGrant, isInside } from "@watchword/policy";
import { WORLD_MOMENT } from "../world/open-stage.ts";

type Window = NonNullable<CompiledGrant["window"]>;

const MINUTE = 60;
/** Every weekly window has opened and closed by then, also over a change of the clocks. */
const MINUTES = 8 * 24 * 60;

/** The first moment from the worlds' beginning at which a window is open; `undefined`: it never is. */
export function openMoment(window: Window): number | undefined {
  return firstMoment(window, WORLD_MOMENT, (inside) => inside);
}

/** The last second before a window opens, and the first after it closes; empty where it never closes. */
export function windowEdges(window: Window): { readonly before?: number; readonly after?: number } {
  const closed = firstMoment(window, WORLD_MOMENT, (inside) => !inside);
  if (closed === undefined) return {};
  const opened = firstMoment(window, closed, (inside) => inside);
  if (opened === undefined) return {};
  const after = firstMoment(window, opened, (inside) => !inside);
  return { before: opened - 1, ...(after === undefined ? {} : { after }) };
}

function firstMoment(window: Window, from: number, wanted: (inside: boolean) => boolean): number | undefined {
  for (let minute = 0; minute <= MINUTES; minute++) {
    const moment = from - (from % MINUTE) + minute * MINUTE;
    if (wanted(isInside(window, moment))) return moment;
  }
  return undefined;
}
