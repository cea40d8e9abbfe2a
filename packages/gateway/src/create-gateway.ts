import {
  type Adapter,
  type Clock,
  Identifier,
  type LeaseDirectory,
  Refusal,
  systemClock,
} from "@watchword/core";
import { answerRefusal } from "./answer-refusal.ts";
import { challenge } from "./challenge.ts";
import { type Lookup, platformLookup } from "./checked-lookup.ts";
import { fetchSender } from "./fetch-sender.ts";
import { forward } from "./forward.ts";
import type { GatewayContext, RefusalListener, Schedule } from "./gateway-context.ts";
import type { Sender } from "./sender.ts";
import { undiciSender } from "./undici-sender.ts";
import {
  type DirectHandler,
  type GatewayAnswer,
  type GatewayIncoming,
  responseOf,
  withDirect,
} from "./gateway-exchange.ts";
import { RESOURCE_METADATA_PATH, answerMetadata, resourceMetadata } from "./resource-metadata.ts";

/** Options of {@link createGateway}. */
export interface GatewayOptions {
  /** The origin under which runtimes reach the gateway, without a path. Proofs are made for URLs below it. */
  readonly url: string;
  /** The broker's issuer: with it the gateway says of itself where handles come from (RFC 9728). Left out: it says nothing. */
  readonly issuer?: string;
  /** The broker's leases. */
  readonly leases: LeaseDirectory;
  /** Adapters by the name that the policy gives their systems. */
  readonly systems: Readonly<Record<string, Adapter>>;
  /** How requests leave, in place of the gateway's own connections, whose addresses are checked. */
  readonly fetch?: typeof globalThis.fetch;
  /**
   * Origins of systems that may be at private addresses: their names resolve within one's own network. Others are reached at public
   * addresses only, or at this machine where their origin says so; an adapter's own certificate authorities declare theirs.
   */
  readonly privateOrigins?: readonly string[];
  /** How names become addresses; default: the machine's resolver. */
  readonly lookup?: Lookup;
  readonly clock?: Clock;
  /** Bytes of a request's body; default 64 KiB. */
  readonly maxRequestBytes?: number;
  /** Bytes of a response's body after decompression; default 1 MiB. */
  readonly maxResponseBytes?: number;
  /** For the whole downstream exchange; of an answer that is passed on as it comes, for each piece. Default 30,000. */
  readonly timeoutMilliseconds?: number;
  /** Bytes of an answer that is passed on as it comes, where the adapter says so; default 64 MiB. */
  readonly maxStreamBytes?: number;
  /** How it waits; default: the platform's timer. */
  readonly schedule?: Schedule;
  readonly onRefusal?: RefusalListener;
}

/** The data plane: takes requests for `/{system}/…` with a handle and its proof. */
export interface Gateway {
  /**
   * Answers one request. `rawTarget` is the request target as it came over the wire, where the server knows it: a
   * `Request` holds only its normalised form. A refusal is an answer; this never rejects.
   */
  readonly fetch: (request: Request, rawTarget?: string) => Promise<Response>;
}

/**
 * Makes a gateway: a credential leaves it only on a request that was proven to be the decided action, to the system's
 * own address, after its use was durably claimed.
 *
 * @throws TypeError for a setting that cannot be meant.
 *
 * @example
 * ```ts
 * const gateway = createGateway({ url: "https://gateway.internal", leases: broker.leases, systems: { payments: stripe() } });
 * ```
 */
export function createGateway(options: GatewayOptions): Gateway {
  const context = contextOf(options);
  const metadata = options.issuer === undefined ? undefined : resourceMetadata(context.url, options.issuer);
  const answer = async (request: GatewayIncoming, target: string): Promise<GatewayAnswer> => {
    try {
      return await forward(context, request, target);
    } catch (error) {
      const refusal = Refusal.from(error, "internal");
      context.note(refusal, { system: undefined, leaseId: undefined, decisionId: refusal.decisionId });
      return answerRefusal(refusal.reason);
    }
  };
  const direct: DirectHandler = async (request, target) => {
    if (metadata !== undefined && target === RESOURCE_METADATA_PATH && request.method === "GET")
      return answerMetadata(metadata);
    const answered = await answer(request, target);
    challenge(answered, request, metadata && `${context.url}${RESOURCE_METADATA_PATH}`);
    return answered;
  };
  const handler: Gateway["fetch"] = async (request, rawTarget) =>
    responseOf(await direct(request, rawTarget ?? targetOf(request)));
  return Object.freeze<Gateway>({ fetch: withDirect(handler, direct) });
}

function contextOf(options: GatewayOptions): GatewayContext {
  const url = URL.canParse(options.url) ? new URL(options.url).origin : "";
  if (!/^https?:/.test(url) || url !== options.url.replace(/\/$/, ""))
    throw new TypeError("gateway: url must be an http(s) origin without a path");
  const unnamed = Object.keys(options.systems).find((name) => !Identifier.safeParse(name).success);
  if (unnamed !== undefined)
    throw new TypeError(`gateway: ${JSON.stringify(unnamed)} is not a name for a system`);
  const { onRefusal } = options;
  return Object.freeze<GatewayContext>({
    url,
    leases: options.leases,
    systems: new Map(Object.entries(options.systems)),
    send: senderOf(options),
    clock: options.clock ?? systemClock,
    maxRequestBytes: positive("maxRequestBytes", options.maxRequestBytes ?? 65_536),
    maxResponseBytes: positive("maxResponseBytes", options.maxResponseBytes ?? 1_048_576),
    timeoutMilliseconds: positive("timeoutMilliseconds", options.timeoutMilliseconds ?? 30_000),
    maxStreamBytes: positive("maxStreamBytes", options.maxStreamBytes ?? 67_108_864),
    schedule: options.schedule ?? systemSchedule,
    note(refusal, request) {
      try {
        const told: unknown = onRefusal?.(refusal, request);
        // An asynchronous listener fails later; unhandled, that would end the process.
        if (told instanceof Promise) told.catch(() => undefined);
      } catch {
        // A broken log must not turn a refusal into something else.
      }
    },
  });
}

function senderOf({ fetch: send, systems, privateOrigins = [], lookup }: GatewayOptions): Sender {
  const odd = privateOrigins.find((origin) => !URL.canParse(origin) || new URL(origin).origin !== origin);
  if (odd !== undefined) throw new TypeError(`gateway: ${JSON.stringify(odd)} is not an origin`);
  if (send !== undefined) return fetchSender(send);
  return undiciSender({
    systems: Object.values(systems),
    privateOrigins,
    lookup: lookup ?? platformLookup,
  });
}

/** The platform's timer, unreferenced: a stream alone keeps no process alive. */
function systemSchedule(fn: () => void, milliseconds: number): () => void {
  const timer = setTimeout(fn, milliseconds).unref();
  return () => clearTimeout(timer);
}

function positive(name: string, value: number): number {
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new TypeError(`gateway: ${name} must be a positive integer`);
}

function targetOf(request: Request): string {
  const { pathname, search } = new URL(request.url);
  return `${pathname}${search}`;
}
