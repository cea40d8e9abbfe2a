import {
  type Adapter,
  type Quota,
  Refusal,
  type RevocationOutcome,
  SealedCredential,
  type Signer,
  signProof,
} from "@watchword/core";
import { MINTING_POLICY, mintingSystem } from "./minting-system.ts";
import { type TestWorld, type WorldOptions, world } from "./world.ts";

const ORIGIN = "https://tickets.example";

/** A system that counts what it is asked: a look-up, a mint, an end and an effect are one request each. */
export interface LimitedSystem {
  readonly adapter: Adapter;
  readonly fetch: typeof fetch;
  /** `GET /facts`, `POST /tokens`, `DELETE /tokens`, `POST /tickets`, in the order in which they arrived. */
  readonly requests: string[];
  /** What it answers next to a request of this name in place of doing it. */
  readonly answers: Map<string, () => Response>;
}

/** How much it says it can be asked, and whether tenants may share one account. */
export interface LimitedOptions {
  readonly quotas?: readonly Quota[];
  readonly shared?: boolean;
  /** A mint is two requests: the second narrows what the first gave. */
  readonly narrows?: boolean;
}

/** The minting system behind an API of its own, for brokers and gateways whose way out is its `fetch`. */
export function limitedSystem({
  quotas,
  shared = false,
  narrows = false,
}: LimitedOptions = {}): LimitedSystem {
  const { adapter } = mintingSystem();
  const requests: string[] = [];
  const answers: LimitedSystem["answers"] = new Map();
  let tokens = 0;
  const ask = async (through: typeof fetch, method: string, path: string): Promise<Response> => {
    try {
      return await through(`${ORIGIN}${path}`, { method });
    } catch {
      // Whatever it was that kept the request from leaving, this adapter tells only this of it.
      throw new Refusal("downstream_unavailable");
    }
  };
  return {
    requests,
    answers,
    fetch: async (input, init) => {
      const { pathname } = new URL(input instanceof Request ? input.url : input);
      const name = `${init?.method ?? "GET"} ${pathname}`;
      requests.push(name);
      return answers.get(name)?.() ?? Response.json({ ok: true });
    },
    adapter: {
      ...adapter,
      capabilities: {
        ...adapter.capabilities,
        ...(quotas === undefined ? {} : { quotas }),
        ...(shared ? { accounts: "shared" } : {}),
      },
      resolve: async (action, context) => {
        await ask(context.fetch, "GET", "/facts");
        return adapter.resolve(action, context);
      },
      mint: async (authority, context) => {
        await ask(context.fetch, "POST", "/tokens");
        if (narrows) await ask(context.fetch, "POST", "/narrow");
        const native = { ...authority };
        return {
          credential: new SealedCredential(`tok_${++tokens}_${"x".repeat(20)}`),
          kind: "access-token",
          granted: native,
          nativeExpiresAt: Math.floor(context.clock.now() / 1_000) + 3_600,
        };
      },
      revoke: async (_, context): Promise<RevocationOutcome> => {
        const { ok } = await ask(context.fetch, "DELETE", "/tokens");
        return ok ? "revoked" : "unknown";
      },
      actionOf: ({ body }) => ({
        operation: "tickets.close",
        resource: {},
        arguments: { ticket: new TextDecoder().decode(body) },
      }),
      enforce: () => ({ method: "POST", url: `${ORIGIN}/tickets`, headers: {}, body: undefined }),
      outcomeOf: (_, response) => ({
        effect: response?.status === 200 ? "done" : "none",
        ids: {},
        status: response?.status ?? 0,
      }),
    },
  };
}

/** A broker and a gateway before such a system. */
export function limitedWorld(system: LimitedSystem, options: WorldOptions = {}): Promise<TestWorld> {
  return world({
    policy: MINTING_POLICY,
    systems: () => ({ tickets: system.adapter }),
    gatewayFetch: system.fetch,
    ...options,
    broker: { fetch: system.fetch, ...options.broker },
  });
}

/** Sends what closes a ticket through the gateway, as a tool with this handle and key would. */
export async function sendClose(
  place: TestWorld,
  run: { readonly key: Signer },
  handle: string,
  ticket: string,
): Promise<Response> {
  const url = `${place.gatewayUrl}/tickets/tickets`;
  const now = Math.floor(place.clock.now() / 1_000);
  const dpop = await signProof(run.key, { method: "POST", url, token: handle }, now);
  return fetch(url, { method: "POST", headers: { authorization: `DPoP ${handle}`, dpop }, body: ticket });
}
