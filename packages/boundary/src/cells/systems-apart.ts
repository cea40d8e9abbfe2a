import { randomUUID } from "node:crypto";
import { type Clock, SealedCredential } from "@watchword/core";
import type { EvidenceChange, SeenRequest, SystemConnection, SystemUnderTest } from "../system-under-test.ts";
import type { CellCalls } from "./call-cell.ts";
import { type Place, relay } from "./relay.ts";
import type { SentConnection, StartedTwin } from "./twins-methods.ts";

/** Systems as the stage starts them, and where their twins answer. */
export interface PlacedSystems {
  readonly systems: Readonly<Record<string, SystemUnderTest>>;
  /** By name, of those that were started: where other cells reach the twin. */
  readonly places: Readonly<Record<string, Place>>;
  /** Tells the twins what time it is, and reads what they saw since. */
  readonly refresh: () => Promise<void>;
}

/**
 * The same systems with their twins in the twins' cell: the adapter is this cell's, with what the twins' cell says about the two
 * tenants, and whatever goes to the twin's address here comes out there.
 */
export function systemsApart(
  systems: Readonly<Record<string, SystemUnderTest>>,
  twins: CellCalls,
  host: string,
): PlacedSystems {
  const places: Record<string, Place> = {};
  const running: RunningApart[] = [];
  const apart =
    (start: SystemUnderTest): SystemUnderTest =>
    async ({ clock, name }) => {
      const id = randomUUID();
      const near = await start({ clock, name });
      const place = new URL(near.twin.url);
      // Its address is what the adapter is wired to; somebody else answers there from now on.
      await near[Symbol.asyncDispose]();
      const far = await twins.call<StartedTwin>("start", { id, name, now: clock.now() });
      places[name] = { host, port: far.port };
      const passed = await relay({ host: place.hostname, port: Number(place.port) }, places[name]);
      const requests: SeenRequest[] = [];
      const one: RunningApart = { id, clock, requests, told: clock.now() };
      running.push(one);
      return {
        ...near,
        twin: { url: near.twin.url, requests },
        own: arrived(far.own),
        other: arrived(far.other),
        ...(near.evidence === undefined
          ? {}
          : {
              evidence: (change: EvidenceChange) => {
                // Results are put in at times of their own: the clock is moved for them.
                one.told = clock.now();
                return twins.call<void>("evidence", { id, now: one.told, change });
              },
            }),
        [Symbol.asyncDispose]: async () => {
          await passed[Symbol.asyncDispose]();
          await twins.call("stop", { id });
        },
      };
    };
  const refresh = async (): Promise<void> => {
    await Promise.all(
      running.map(async (one) => {
        const { id, clock, requests } = one;
        const now = clock.now();
        if (now !== one.told) await twins.call("time", { id, now });
        one.told = now;
        const seen = await twins.call<SeenRequest[]>("seen", { id, from: requests.length });
        requests.push(...seen);
      }),
    );
  };
  let last = Promise.resolve();
  return {
    systems: Object.fromEntries(Object.entries(systems).map(([name, start]) => [name, apart(start)])),
    places,
    // INVARIANT: one after the other. Two that read from the same place would count what they saw twice, and then leave as much out.
    refresh: () => (last = last.then(refresh, refresh)),
  };
}

interface RunningApart {
  readonly id: string;
  readonly clock: Clock;
  readonly requests: SeenRequest[];
  /** The time that its twin was told last. */
  told: number;
}

/** The same systems with their twins in the stage's own process. */
export function systemsHere(systems: Readonly<Record<string, SystemUnderTest>>): PlacedSystems {
  const places: Record<string, Place> = {};
  const here =
    (start: SystemUnderTest): SystemUnderTest =>
    async (world) => {
      const running = await start(world);
      const { hostname: host, port } = new URL(running.twin.url);
      places[world.name] = { host, port: Number(port) };
      return running;
    };
  return {
    systems: Object.fromEntries(Object.entries(systems).map(([name, start]) => [name, here(start)])),
    places,
    refresh: async () => undefined,
  };
}

function arrived({ secret, ...rest }: SentConnection): SystemConnection {
  return secret === undefined ? rest : { ...rest, secret: new SealedCredential(secret) };
}
