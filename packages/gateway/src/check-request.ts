import {
  type Adapter,
  type GatewayRequest,
  type OpenedLease,
  type OutboundRequest,
  Refusal,
  type SeenAction,
  canonicalRequest,
  findOperation,
  requestProblem,
} from "@watchword/core";
import { checkTarget } from "./check-target.ts";
import type { GatewayContext } from "./gateway-context.ts";
import type { GatewayIncoming } from "./gateway-exchange.ts";
import type { Route } from "./read-route.ts";

/** A request that was proven to be the decided action, and what will be sent for it. Only {@link checkRequest} makes one. */
export interface CheckedRequest {
  readonly request: GatewayRequest;
  /** Built by the adapter from decided values; no credential is on it yet. */
  readonly outbound: OutboundRequest;
}

/**
 * Proves that a request is the action of its lease. A request that is not is recorded, and its use stays unspent.
 *
 * @throws Refusal `request_mismatch`, `target_refused`
 */
export async function checkRequest(
  context: GatewayContext,
  lease: OpenedLease,
  route: Route,
  request: GatewayIncoming,
  body: Uint8Array,
): Promise<CheckedRequest> {
  try {
    return check(lease, route, request, body);
  } catch (error) {
    const refusal = Refusal.from(error, "request_mismatch", { failedFact: "action" });
    await record(context, lease, refusal);
    throw refusal;
  }
}

function check(lease: OpenedLease, route: Route, request: GatewayIncoming, body: Uint8Array): CheckedRequest {
  const { adapter, target } = route;
  // INVARIANT: a lease opens one system. Under another route its credential would go to a stranger.
  if (lease.system !== route.system) throw refused("target_refused", "the lease is for another system");
  const normal = new URL(`http://gateway.invalid${target}`);
  if (`${normal.pathname}${normal.search}` !== target)
    throw refused("target_refused", "the target is not in normal form");
  const canonical = canonicalRequest({ method: request.method, target, headers: request.headers, body });
  const entry = findOperation(adapter.catalogue, lease.authority.operation);
  if (entry === undefined) throw refused("request_mismatch", "the decided operation is not in the catalogue");
  // INVARIANT: the request is the decided action, read back by the adapter and compared field by field.
  const problem = requestProblem(entry, lease.authority, readAction(adapter, canonical));
  if (problem !== undefined) throw refused("request_mismatch", `differs in ${problem}`);
  const outbound = adapter.enforce(lease.authority, canonical, lease.stamp);
  checkTarget(adapter, lease.authority, outbound);
  return { request: canonical, outbound };
}

/** Whatever an adapter makes of a request that it cannot read, it is not the decided action. */
function readAction(adapter: Adapter, request: GatewayRequest): SeenAction {
  try {
    return adapter.actionOf(request);
  } catch (error) {
    const refusal = Refusal.from(error, "request_mismatch");
    throw refusal.reason === "target_refused" ? refusal : refused("request_mismatch", refusal.message);
  }
}

async function record(context: GatewayContext, lease: OpenedLease, refusal: Refusal): Promise<void> {
  try {
    await context.leases.refuse(
      lease,
      refusal.reason === "target_refused" ? "target_refused" : "request_mismatch",
      refusal.message,
    );
  } catch (error) {
    // The request stays refused; that its record is missing is said aloud.
    context.note(Refusal.from(error, "ledger_unavailable"), {
      system: lease.system,
      leaseId: lease.leaseId,
      decisionId: lease.stamp.decisionId,
    });
  }
}

function refused(reason: "request_mismatch" | "target_refused", detail: string): Refusal {
  return new Refusal(reason, { detail, failedFact: "action" });
}
