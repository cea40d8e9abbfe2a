import type { Adapter, Clock, LeaseDirectory, Refusal } from "@watchword/core";
import type { Sender } from "./sender.ts";

/** What is known of a request when it is refused; for logs, without anything secret. */
export interface RefusedRequest {
  readonly system: string | undefined;
  readonly leaseId: string | undefined;
  readonly decisionId: string | undefined;
}

/** Is told about every refusal, and about outcomes that could not be recorded. For logs and metrics; it decides nothing. */
export type RefusalListener = (refusal: Refusal, request: RefusedRequest) => void;

/** Runs `fn` after some milliseconds; gives what cancels it. */
export type Schedule = (fn: () => void, milliseconds: number) => () => void;

/** Options of {@link createGateway} with their defaults: what every step of a request works with. */
export interface GatewayContext {
  /** The gateway's own origin, from configuration: proofs are checked against it, never against a Host header. */
  readonly url: string;
  readonly leases: LeaseDirectory;
  readonly systems: ReadonlyMap<string, Adapter>;
  readonly send: Sender;
  readonly clock: Clock;
  readonly maxRequestBytes: number;
  readonly maxResponseBytes: number;
  readonly timeoutMilliseconds: number;
  /** Bytes of an answer that is passed on as it comes. */
  readonly maxStreamBytes: number;
  readonly schedule: Schedule;
  /** Never throws. */
  readonly note: RefusalListener;
}
