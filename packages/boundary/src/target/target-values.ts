import type { SystemValues } from "../matrix/system-values.ts";
import type { TargetDocument, TargetSystem } from "./target-file.ts";

/** What rows about a target are made of: its operations are the suite's, and everything that has a name is the target's file's. */
export function targetValues(
  { systems, tenants }: TargetDocument,
  suite: Readonly<Record<string, SystemValues>>,
): Record<string, SystemValues> {
  return Object.fromEntries(
    Object.entries(suite).flatMap(([system, { catalogue }]) => {
      const named = Object.hasOwn(systems, system) ? systems[system] : undefined;
      if (named === undefined) return [];
      const { own, other, live, foreign = {}, missing = {}, resource, neighbour } = named;
      const connection = (tenant: string, { account, settings = {} }: TargetSystem["own"]) => ({
        tenant,
        system,
        account,
        settings,
      });
      const values: SystemValues = {
        catalogue,
        own: connection(tenants.own, own),
        other: connection(tenants.other, other),
        foreign,
        missing,
        ...(live === undefined ? {} : { live }),
        ...(resource === undefined ? {} : { resource }),
        ...(neighbour === undefined ? {} : { neighbour }),
      };
      return [[system, values] as const];
    }),
  );
}
