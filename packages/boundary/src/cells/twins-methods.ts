import type {
  EvidenceChange,
  RunningSystem,
  SeenRequest,
  SystemConnection,
  SystemUnderTest,
} from "../system-under-test.ts";
import { type Relay, relay } from "./relay.ts";
import type { CellMethods } from "./serve-calls.ts";

/** Where the twins' cell listens to the stage. */
export const TWINS_PORT = 7_000;

/** A connection on its way to the stage, which alone needs its secret. */
export interface SentConnection extends Omit<SystemConnection, "secret"> {
  readonly secret?: string;
}

/** A twin that was started in the twins' cell. */
export interface StartedTwin {
  /** Where it answers on the cells' network. */
  readonly port: number;
  readonly own: SentConnection;
  readonly other: SentConnection;
}

/** What the twins' cell can be asked to do: to run the systems, each on a port of the cells' network. */
export function twinsMethods(systems: Readonly<Record<string, SystemUnderTest>>): CellMethods {
  const started = new Map<
    string,
    { readonly running: RunningSystem; readonly relay: Relay; readonly clock: { now: number } }
  >();
  const held = (id: string) => {
    const found = started.get(id);
    if (found === undefined) throw new TypeError(`no twin ${id} is running`);
    return found;
  };
  return {
    start: async ({
      id,
      name,
      now,
    }: {
      readonly id: string;
      readonly name: string;
      readonly now: number;
    }) => {
      const start = Object.hasOwn(systems, name) ? systems[name] : undefined;
      if (start === undefined) throw new TypeError(`the module has no system ${name}`);
      const clock = { now };
      const running = await start({ clock: { now: () => clock.now }, name });
      const { hostname: host, port } = new URL(running.twin.url);
      const passed = await relay({ host: "0.0.0.0", port: 0 }, { host, port: Number(port) });
      started.set(id, { running, relay: passed, clock });
      return {
        port: passed.port,
        own: sent(running.own),
        other: sent(running.other),
      } satisfies StartedTwin;
    },
    time: ({ id, now }: { readonly id: string; readonly now: number }) => void (held(id).clock.now = now),
    seen: ({ id, from }: { readonly id: string; readonly from: number }): SeenRequest[] =>
      held(id)
        .running.twin.requests.slice(from)
        .map(({ kind, path }) => ({ kind, path })),
    evidence: async (wanted: {
      readonly id: string;
      readonly now: number;
      readonly change: EvidenceChange;
    }) => {
      const { running, clock } = held(wanted.id);
      clock.now = wanted.now;
      await running.evidence?.(wanted.change);
    },
    stop: async ({ id }: { readonly id: string }) => {
      const { running, relay: passed } = held(id);
      started.delete(id);
      await passed[Symbol.asyncDispose]();
      await running[Symbol.asyncDispose]();
    },
  };
}

function sent({ secret, ...rest }: SystemConnection): SentConnection {
  return secret === undefined ? rest : { ...rest, secret: secret.open((text) => text) };
}
