import { type Adapter, type Authority, type Refusal, generateSigner, signProof } from "@watchword/core";
import { type GatewayOptions, createGateway } from "../src/index.ts";
import type { RefusedRequest } from "../src/gateway-context.ts";
import { REFUND } from "./gateway-world.ts";
import { LeaseDesk } from "./lease-desk.ts";
import { paymentsAdapter } from "./payments-adapter.ts";

const NOW = 1_800_000_000;
const URL = "https://gateway.example";
const BASE = "https://api.payments.example";

/** What differs from the refund that is sent and answered. */
export interface Question {
  readonly authority?: Authority;
  readonly adapter?: Partial<Adapter>;
  readonly gateway?: Partial<GatewayOptions>;
  /** As it comes over the wire; the proof is for it without its query. */
  readonly target?: string;
  readonly body?: string;
  /** Changes what the request shows, after its proof was made. */
  readonly show?: (headers: Headers, handle: string) => void;
  /** How the desk breaks. */
  readonly failing?: LeaseDesk["failing"];
  /** What the system answers. */
  readonly answer?: () => Response;
}

/** What became of one request. */
export interface Asked {
  readonly response: Response;
  /** What the operator was told. */
  readonly told: readonly (readonly [refusal: Refusal, request: RefusedRequest])[];
  /** Addresses that the system's requests went to. */
  readonly sent: readonly string[];
  readonly desk: LeaseDesk;
}

/** Asks a gateway for the refund of {@link REFUND}, changed as told: without a listener, without a network. */
export async function askGateway(question: Question = {}): Promise<Asked> {
  const { authority = REFUND, target = "/payments/v1/refunds", body = "charge=ch.1&amount=4200" } = question;
  const desk = new LeaseDesk();
  desk.failing = question.failing ?? {};
  const told: [Refusal, RefusedRequest][] = [];
  const sent: string[] = [];
  const adapter = paymentsAdapter(BASE, question.adapter);
  const gateway = createGateway({
    url: URL,
    leases: desk,
    systems: { payments: adapter, other: adapter },
    clock: { now: () => NOW * 1_000 },
    fetch: async (input) => {
      sent.push(new Request(input).url);
      return (question.answer ?? (() => new Response('{"id":"re.1"}')))();
    },
    onRefusal: (refusal, request) => void told.push([refusal, request]),
    ...question.gateway,
  });
  const signer = await generateSigner();
  const handle = await desk.issue(signer, authority);
  const method = authority.access === "read" ? "GET" : "POST";
  const url = `${URL}${target.split("?")[0] ?? ""}`;
  const headers = new Headers({
    "content-type": "application/x-www-form-urlencoded",
    authorization: `DPoP ${handle}`,
    dpop: await signProof(signer, { method, url, token: handle }, NOW),
  });
  question.show?.(headers, handle);
  const request = new Request(url, { method, headers, ...(method === "GET" ? {} : { body }) });
  return { response: await gateway.fetch(request, target), told, sent, desk };
}
