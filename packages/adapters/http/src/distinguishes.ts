import type { Segment } from "./path-template.ts";
import type { Placement } from "./placement.ts";
import type { Route } from "./route.ts";

/** Whether no request can be read as both: by method, path, or a constant that stands at the same place. */
export function distinguishes(one: Route, other: Route): boolean {
  if (one.method !== other.method || one.segments.length !== other.segments.length) return true;
  const apart = one.segments.some((segment, index) => {
    const opposite = other.segments[index];
    return opposite !== undefined && segmentsDiffer([one, segment], [other, opposite]);
  });
  return (
    apart ||
    constantsDiffer(one.query, other.query) ||
    constantsDiffer(one.body ?? [], other.body ?? []) ||
    constantsDiffer(one.form ?? [], other.form ?? [])
  );
}

function segmentsDiffer([one, a]: readonly [Route, Segment], [other, b]: readonly [Route, Segment]): boolean {
  if ("text" in a && "text" in b) return a.text !== b.text;
  if ("text" in a) return refuses(other, b, a.text);
  return "text" in b && refuses(one, a, b.text);
}

/** Whether fixed text cannot be the value of an argument; of an account nothing is known. */
function refuses(route: Route, segment: Segment, text: string): boolean {
  if (!("argument" in segment)) return false;
  const value = route.arguments[segment.argument]?.type === "integer" ? Number(text) : text;
  return route.entry.arguments.shape[segment.argument]?.safeParse(value).success === false;
}

function constantsDiffer(one: readonly Placement[], other: readonly Placement[]): boolean {
  return one.some(
    (a) =>
      "constant" in a &&
      other.some((b) => "constant" in b && a.at === b.at && String(a.constant) !== String(b.constant)),
  );
}
