import {
  type DownstreamOutcome,
  type InboundResponse,
  type OpenedLease,
  Refusal,
  type VerifiedProof,
  numericDate,
  rateLimitSeconds,
  verifyProof,
} from "@watchword/core";
import { answerRefusal } from "./answer-refusal.ts";
import { answerResponse, answerStream } from "./answer-response.ts";
import { type CheckedRequest, checkRequest } from "./check-request.ts";
import { checkTarget } from "./check-target.ts";
import { containsSecret } from "./contains-secret.ts";
import type { GatewayContext } from "./gateway-context.ts";
import type { GatewayAnswer, GatewayIncoming } from "./gateway-exchange.ts";
import { readBounded } from "./read-bounded.ts";
import { readCredentials } from "./read-credentials.ts";
import { type Route, readRoute } from "./read-route.ts";
import { type OutboundAnswer, readAnswer, sendOutbound } from "./send-outbound.ts";
import { type StreamedAnswer, streamAnswer } from "./stream-answer.ts";

/**
 * The way of one request: who (handle and proof) → may (lease) → is it the decided action → spend one use, durably →
 * put the credential on and send → record what happened → answer. Every step before the use is spent sends nothing.
 *
 * @throws Refusal for everything before the lease is open.
 */
export async function forward(
  context: GatewayContext,
  request: GatewayIncoming,
  rawTarget: string,
): Promise<GatewayAnswer> {
  const route = readRoute(context, rawTarget);
  const { handle, proof } = readCredentials(request.headers);
  const body = await readBounded(request.body, context.maxRequestBytes);
  if (body === undefined)
    throw new Refusal("request_malformed", { detail: "the body is too large", failedFact: "action" });
  const verified = await verifyProof(
    proof,
    { method: request.method, url: route.proofUrl, token: handle },
    numericDate(context.clock),
  );
  const lease = await context.leases.open(handle, verified);
  try {
    return await use(context, route, lease, { request, body, verified });
  } catch (error) {
    const { decisionId } = lease.stamp;
    const refusal = Refusal.from(error, "internal").withDecision(decisionId);
    context.note(refusal, { system: lease.system, leaseId: lease.leaseId, decisionId });
    return answerRefusal(refusal.reason, undefined, refusal.retryAfterSeconds);
  }
}

async function use(
  context: GatewayContext,
  route: Route,
  lease: OpenedLease,
  {
    request,
    body,
    verified,
  }: { readonly request: GatewayIncoming; readonly body: Uint8Array; readonly verified: VerifiedProof },
): Promise<GatewayAnswer> {
  const checked = await checkRequest(context, lease, route, request, body);
  // INVARIANT: the use is durable before the request leaves. A crash after this line never makes it two.
  const useId = await context.leases.claimUse(lease, checked.request, verified);
  return execute(context, route, lease, checked, useId);
}

async function execute(
  context: GatewayContext,
  route: Route,
  lease: OpenedLease,
  checked: CheckedRequest,
  useId: string,
): Promise<GatewayAnswer> {
  let answered: OutboundAnswer | undefined;
  try {
    const injected = route.adapter.inject(checked.outbound, lease.credential);
    // Its address was looked at when it was built; what put the credential on may have written another one.
    if (injected.url !== checked.outbound.url) checkTarget(route.adapter, lease.authority, injected);
    answered = await sendOutbound(context, injected, mayStream(route, lease));
  } catch (error) {
    // What throws up to here has sent nothing.
    await settle(context, lease, useId, { effect: "none", ids: {}, status: 0 });
    throw error;
  }
  if (answered !== undefined && isStreamed(route, lease, answered))
    return pass(context, route, lease, answered, useId);
  const response = answered && (await readAnswer(context, answered));
  await settle(context, lease, useId, {
    ...outcomeOf(route, lease, response),
    ...retryAfterOf(context, response),
  });
  return answer(context, lease, response);
}

function mayStream({ adapter }: Route, { authority }: OpenedLease): boolean {
  return adapter.streams?.(authority) === true;
}

/** Whether the adapter lets a success be passed on as it comes. A body that never has one is none; what quotes already is read. */
function isStreamed(route: Route, lease: OpenedLease, answered: OutboundAnswer): answered is StreamedAnswer {
  const { status, headers, body } = answered;
  return (
    status >= 200 &&
    status < 300 &&
    body !== null &&
    !(body instanceof Uint8Array) &&
    mayStream(route, lease) &&
    !containsSecret({ status, headers, body: new Uint8Array() }, lease.credential)
  );
}

/** Passes an answer on as it comes; what status and headers say is recorded when it has ended, and how it ended. */
function pass(
  context: GatewayContext,
  route: Route,
  lease: OpenedLease,
  answered: StreamedAnswer,
  useId: string,
): GatewayAnswer {
  const outcome = outcomeOf(route, lease, { ...answered, body: new Uint8Array() });
  const body = streamAnswer(context, lease, answered, async (cut) => {
    await settle(context, lease, useId, cut === undefined ? outcome : { ...outcome, cut });
    if (cut === undefined || cut === "left") return;
    const { decisionId } = lease.stamp;
    const reason = cut === "lease_over" ? "lease_expired" : "downstream_refused";
    context.note(new Refusal(reason, { detail: `an answer under way was cut: ${cut}`, decisionId }), {
      system: lease.system,
      leaseId: lease.leaseId,
      decisionId,
    });
  });
  return answerStream(answered, body);
}

function answer(
  context: GatewayContext,
  lease: OpenedLease,
  response: InboundResponse | undefined,
): GatewayAnswer {
  const refuse = (
    reason: "outcome_unknown" | "downstream_unavailable" | "target_refused" | "downstream_refused",
    detail: string,
  ): GatewayAnswer => {
    const { decisionId } = lease.stamp;
    context.note(new Refusal(reason, { detail, decisionId }), {
      system: lease.system,
      leaseId: lease.leaseId,
      decisionId,
    });
    return answerRefusal(reason, reason === "target_refused" ? 502 : undefined);
  };
  if (response === undefined)
    return refuse(
      lease.authority.access === "read" ? "downstream_unavailable" : "outcome_unknown",
      "no usable answer arrived",
    );
  if (response.status >= 300 && response.status < 400)
    return refuse("target_refused", "the system redirects");
  if (containsSecret(response, lease.credential))
    return refuse("downstream_refused", "the system gave the credential back");
  return answerResponse(response);
}

/** For how long the system wants to be left alone, if it says so: by every tool, whoever got the answer. */
function retryAfterOf(
  { clock }: GatewayContext,
  response: InboundResponse | undefined,
): Pick<DownstreamOutcome, "retryAfterSeconds"> {
  if (response === undefined) return {};
  const { status, headers } = response;
  const seconds = rateLimitSeconds({ status, header: (name) => headers[name] }, clock.now());
  return seconds === undefined ? {} : { retryAfterSeconds: seconds };
}

/** What the adapter makes of an answer; where it cannot say, a write's effect is unknown. */
function outcomeOf(
  route: Route,
  { authority }: OpenedLease,
  response: InboundResponse | undefined,
): DownstreamOutcome {
  try {
    return route.adapter.outcomeOf(authority, response);
  } catch {
    return {
      effect: authority.access === "read" ? "none" : "unknown",
      ids: {},
      status: response?.status ?? 0,
    };
  }
}

/** The effect has happened or not; that its record is missing changes nothing for the tool, and is said aloud. */
async function settle(
  context: GatewayContext,
  lease: OpenedLease,
  useId: string,
  outcome: DownstreamOutcome,
): Promise<void> {
  try {
    await context.leases.settle(lease, useId, outcome);
  } catch (error) {
    const { decisionId } = lease.stamp;
    context.note(Refusal.from(error, "ledger_unavailable"), {
      system: lease.system,
      leaseId: lease.leaseId,
      decisionId,
    });
  }
}
