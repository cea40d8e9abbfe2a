import type { Row } from "./row.ts";

/** Rows that share one world: their grants are open at the same moment, so that its clock can stand still. */
export interface SharedWorld {
  readonly rows: readonly Row[];
  readonly names: ReadonlySet<string>;
}

/** Rows of one world, about: more than a world's own cost weighs, and few enough that one failure names its rows. */
const ROWS = 2_000;

/** Groups rows into worlds, whole grants each. */
export function sharedWorlds(rows: readonly Row[]): SharedWorld[] {
  const worlds: { readonly at: number | undefined; readonly rows: Row[]; readonly names: Set<string> }[] = [];
  for (const [grant, ofGrant] of Map.groupBy(rows, (row) => row.grant)) {
    const at = ofGrant[0]?.baseline.at;
    const found = worlds.find((world) => world.at === at && world.rows.length < ROWS);
    const world = found ?? { at, rows: [], names: new Set<string>() };
    if (found === undefined) worlds.push(world);
    world.rows.push(...ofGrant);
    world.names.add(grant);
  }
  return worlds;
}
