import type { Catalogue, Clock, Connection, ValueMap } from "@watchword/core";
import type { RunningSystem, SystemConnection, SystemUnderTest } from "../system-under-test.ts";

/** A tenant's connection without its secret. */
export type ShownConnection = Omit<Connection, "secret">;

/** What rows are made of about one system: its operations, and what two tenants own there. No secret is in it. */
export interface SystemValues extends Pick<
  RunningSystem,
  "live" | "foreign" | "missing" | "more" | "resource" | "neighbour"
> {
  readonly catalogue: Catalogue;
  /** Whom access tokens of the broker are for, where those are its credentials. */
  readonly audience?: string;
  readonly own: ShownConnection;
  readonly other: ShownConnection;
}

/** Starts each system once, looks at it, and ends it. */
export async function systemValues(
  systems: Readonly<Record<string, SystemUnderTest>>,
  clock: Clock,
): Promise<Record<string, SystemValues>> {
  const values: Record<string, SystemValues> = {};
  for (const [name, start] of Object.entries(systems)) {
    await using running = await start({ clock, name });
    values[name] = shown(running);
  }
  return values;
}

function shown({
  adapter,
  own,
  other,
  live,
  foreign,
  missing,
  more,
  resource,
  neighbour,
}: RunningSystem): SystemValues {
  return {
    catalogue: adapter.catalogue,
    own: withoutSecret(own),
    other: withoutSecret(other),
    foreign,
    missing,
    ...(adapter.audience === undefined ? {} : { audience: adapter.audience }),
    ...(live === undefined ? {} : { live }),
    ...(more === undefined ? {} : { more }),
    ...(resource === undefined ? {} : { resource }),
    ...(neighbour === undefined ? {} : { neighbour }),
  };
}

function withoutSecret({ tenant, system, account, settings }: SystemConnection): ShownConnection {
  return { tenant, system, account, settings };
}

/** Arguments of an operation that a tenant's own agent would use. */
export function ownArguments(values: SystemValues, operation: string, example: object): ValueMap {
  return values.live?.[operation] ?? (example as ValueMap);
}
