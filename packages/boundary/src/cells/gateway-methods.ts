import { type EnvelopeKey, type PublicJwk, generateEnvelopeKey } from "@watchword/core";
import type { SystemUnderTest } from "../system-under-test.ts";
import { Closing } from "../world/closing.ts";
import { SentWitness } from "../world/sent-witness.ts";
import { probeRoutes } from "./probe-routes.ts";
import { type Place, relay } from "./relay.ts";
import { selfSigned } from "./self-signed.ts";
import { type SentInCell, sentInCell } from "./sent-in-cell.ts";
import type { CellMethods } from "./serve-calls.ts";

/** Names under which cells know each other, in containers and on one machine. */
export const CELL_NAMES: readonly string[] = Object.freeze(["stage", "gateway", "127.0.0.1"]);

/** What the gateway's cell is known by to the broker's; nothing of it is secret. */
export interface GatewayIdentity {
  readonly certificate: string;
  /** Credentials of open leases come encrypted to it. */
  readonly key: PublicJwk;
}

/** A world to open in the gateway's cell. */
export interface GatewayPlace {
  readonly world: string;
  /** Path of the socket that it is to answer on. */
  readonly socket: string;
  readonly issuer: string;
  /** Where the broker of this world serves its leases. */
  readonly leases: string;
  /** Where each system's twin answers. */
  readonly twins: Readonly<Record<string, Place>>;
  /** NumericDate. */
  readonly now: number;
}

/**
 * What the gateway's cell can be asked to do: the real gateway of any number of worlds, over the broker's leases behind mutual
 * TLS.
 *
 * INVARIANT: nothing here opens a store, reads a policy, or is told a connection's secret; the code of the broker is not in its
 * image.
 */
export async function gatewayMethods(
  systems: Readonly<Record<string, SystemUnderTest>>,
): Promise<CellMethods> {
  const { createGateway, httpLeaseDirectory, listen } = await import("@watchword/gateway");
  const own = selfSigned(CELL_NAMES);
  const key: EnvelopeKey = await generateEnvelopeKey();
  let authority: string | undefined;
  const worlds = new Map<
    string,
    { readonly clock: { now: number }; readonly sent: SentWitness; readonly stack: Closing }
  >();
  const held = (world: string) => {
    const opened = worlds.get(world);
    if (opened === undefined) throw new TypeError(`the gateway has no world ${world}`);
    return opened;
  };
  return {
    introduce: (): GatewayIdentity => ({ certificate: own.certificate, key: key.publicJwk }),
    meet: ({ certificate }: { readonly certificate: string }) => void (authority = certificate),
    open: async ({ world, socket, issuer, leases, twins, now }: GatewayPlace) => {
      if (authority === undefined) throw new TypeError("the gateway has not met a broker");
      const clock = { now: now * 1_000 };
      const sent = new SentWitness();
      const stack = new Closing();
      try {
        const adapters = Object.fromEntries(
          await Promise.all(
            Object.entries(twins).map(async ([name, place]) => {
              const adapter = await adapterTowards(systems, { name, place, clock, stack });
              return [name, sent.watched(adapter)] as const;
            }),
          ),
        );
        const listener = await listen({ socket });
        stack.defer(() => listener.close());
        const gateway = createGateway({
          url: listener.url,
          issuer,
          leases: httpLeaseDirectory({ url: leases, mutualTls: { ...own, authority }, key }),
          systems: adapters,
          clock: { now: () => clock.now },
        });
        listener.serve(gateway.fetch);
        worlds.set(world, { clock, sent, stack });
      } catch (error) {
        await stack.close();
        throw error;
      }
    },
    time: ({ world, now }: { readonly world: string; readonly now: number }) =>
      void (held(world).clock.now = now * 1_000),
    sent: ({ world, decisionId }: { readonly world: string; readonly decisionId: string }): SentInCell[] =>
      held(world).sent.sent(decisionId).map(sentInCell),
    close: async ({ world }: { readonly world: string }) => {
      const { stack } = held(world);
      worlds.delete(world);
      await stack.close();
    },
    probeRoutes,
  };
}

/** A system's adapter, whose requests come out at a twin that runs elsewhere. */
async function adapterTowards(
  systems: Readonly<Record<string, SystemUnderTest>>,
  wanted: {
    readonly name: string;
    readonly place: Place;
    readonly clock: { readonly now: number };
    readonly stack: Closing;
  },
) {
  const { name, place, clock, stack } = wanted;
  const start = Object.hasOwn(systems, name) ? systems[name] : undefined;
  if (start === undefined) throw new TypeError(`the module has no system ${name}`);
  const near = await start({ clock: { now: () => clock.now }, name });
  const { hostname: host, port } = new URL(near.twin.url);
  // Its address is what the adapter is wired to; somebody else answers there from now on.
  await near[Symbol.asyncDispose]();
  stack.use(await relay({ host, port: Number(port) }, place));
  return near.adapter;
}
