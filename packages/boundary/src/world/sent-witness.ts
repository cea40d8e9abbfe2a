import {
  type Access,
  type Adapter,
  type OutboundRequest,
  type SeenAction,
  canonicalRequest,
} from "@watchword/core";
import type { RunningSystem } from "../system-under-test.ts";

/** What left for a system with the lease of one decision. */
export interface SentRequest {
  readonly access: Access;
  readonly outbound: OutboundRequest;
}

/** Remembers each request that the gateway put a credential on, by the decision that it is for. */
export class SentWitness {
  readonly #built = new WeakMap<OutboundRequest, { readonly decisionId: string; readonly access: Access }>();
  readonly #sent = new Map<string, SentRequest[]>();

  /** The same adapter, each of whose requests is remembered when its credential is put on. */
  watched(adapter: Adapter): Adapter {
    const enforce: Adapter["enforce"] = (authority, request, stamp) => {
      const outbound = adapter.enforce(authority, request, stamp);
      this.#built.set(outbound, { decisionId: stamp.decisionId, access: authority.access });
      return outbound;
    };
    const inject: Adapter["inject"] = (outbound, credential) => {
      const built = this.#built.get(outbound);
      if (built !== undefined) {
        const { decisionId, access } = built;
        this.#sent.set(decisionId, [...(this.#sent.get(decisionId) ?? []), { access, outbound }]);
      }
      return adapter.inject(outbound, credential);
    };
    return Object.create(adapter, {
      enforce: { value: enforce, enumerable: true },
      inject: { value: inject, enumerable: true },
    }) as Adapter;
  }

  /** What a gateway in another process remembers of a decision. */
  note(decisionId: string, requests: readonly SentRequest[]): void {
    this.#sent.set(decisionId, [...requests]);
  }

  sent(decisionId: string): readonly SentRequest[] {
    return this.#sent.get(decisionId) ?? [];
  }
}

/** The action of a request that was sent, as the adapter reads it back. @throws Refusal when it cannot */
export function actionSent(running: RunningSystem, { outbound }: SentRequest): SeenAction {
  const { pathname, search } = new URL(outbound.url);
  const request = canonicalRequest({
    method: outbound.method,
    target: `${pathname}${search}`,
    headers: Object.entries(outbound.headers),
    body: outbound.body ?? new Uint8Array(),
  });
  return running.adapter.actionOf(running.unstamped?.(request) ?? request);
}
