import {
  type Action,
  Refusal,
  TOKEN_TYPE_URIS,
  type TokenSuccess,
  actionDigest,
  newAction,
} from "@watchword/core";
import { type SpanRecorder, withToolSpan } from "@watchword/telemetry";
import type { AssertedCall } from "./assert-action.ts";
import type { Binding } from "./bind.ts";
import { type CredentialFetch, credentialFetch } from "./credential-fetch.ts";
import { callLoopbacks } from "./call-loopbacks.ts";
import { type Denial, denial, denialOf } from "./denial.ts";
import { exchangeAction } from "./exchange-action.ts";
import type { GuardedCredential } from "./guarded-credential.ts";
import { keepLease } from "./keep-lease.ts";
import type { MadeDenial } from "./local-policy.ts";
import type { PendingAction } from "./pending-action.ts";
import { releasedFetch } from "./released-fetch.ts";
import type { RunSession } from "./run-session.ts";
import { spanPrincipal } from "./span-principal.ts";
import type { CallOptions, Tool } from "./tool.ts";

/** One call of a guarded tool. */
export interface GuardedCall<Arguments, Result> {
  readonly tool: Tool<Arguments, Result>;
  readonly binding: Binding<Arguments>;
  readonly toolArguments: Arguments;
  readonly options: CallOptions;
  readonly callId: string;
}

type Lease = NonNullable<TokenSuccess["lease"]>;

/**
 * bind → assert → ask the broker → run the tool with its credential → take the credential away; with who had authority on
 * the tool's span. Never throws.
 */
export function runTool<Arguments, Result>(
  session: RunSession,
  call: GuardedCall<Arguments, Result>,
): Promise<Result | Denial> {
  const { name } = call.tool;
  const { access } = call.binding.operation;
  return withToolSpan({ tool: name, callId: call.callId, access }, spanPrincipal(session.frame), (span) =>
    decideAndRun(session, call, span),
  );
}

async function decideAndRun<Arguments, Result>(
  session: RunSession,
  call: GuardedCall<Arguments, Result>,
  span: SpanRecorder,
): Promise<Result | Denial> {
  const { tool, binding, options } = call;
  try {
    const bound = await binding.read(call.toolArguments);
    const action = newAction({
      ...bound,
      ...(options.pending?.txn === undefined ? {} : { txn: options.pending.txn }),
    });
    const asserted: AssertedCall = {
      tool: tool.name,
      id: call.callId,
      approvalId: options.pending?.approval_id,
    };
    const made = await session.local?.deny(action, asserted);
    if (made !== undefined) return deniedHere(made, action, span);
    const answer = await exchangeAction(session, action, asserted, span);
    if (answer.ok) {
      const version = answer.lease?.decision.policy_version;
      if (version !== undefined) session.local?.saw(version);
      return await useLease(session, call, answer, { action, asserted }, span);
    }
    const denied = denialOf(answer);
    if (denied.reason === "approval_required" && denied.approval_id !== undefined)
      await rememberPending(session, call, action, denied.approval_id, answer.interval);
    return denied;
  } catch (error) {
    report(session, call, error, undefined);
    const { reason } = Refusal.from(error, "internal");
    span.decided({ outcome: "deny", reason, system: binding.system, operation: binding.operation.name });
    span.failed(reason);
    return denial(reason);
  }
}

/** A denial by the projection looks like the broker's own: the model learns the same, and the record has the same id. */
function deniedHere(
  { reason, decisionId, policyVersion }: MadeDenial,
  action: Action,
  span: SpanRecorder,
): Denial {
  span.decided({
    decisionId,
    outcome: "deny",
    reason,
    policyVersion,
    decidedBy: "runtime",
    approval: "none",
    actionDigest: actionDigest(action),
    system: action.system,
    operation: action.operation,
  });
  span.failed(reason);
  return denial(reason, decisionId);
}

async function useLease<Arguments, Result>(
  session: RunSession,
  call: GuardedCall<Arguments, Result>,
  answer: TokenSuccess,
  { action, asserted }: { readonly action: Action; readonly asserted: AssertedCall },
  span: SpanRecorder,
): Promise<Result | Denial> {
  const { pending: _pending, onApprovalRequired: _listener, signal, abortSignal, ...passed } = call.options;
  const stop = signal ?? abortSignal ?? new AbortController().signal;
  const lease = leaseOf(answer);
  const way: CredentialFetch = openWay(session, lease, answer, action.system, stop);
  const letGo = keepLease(session, action, asserted, lease, (error) =>
    report(session, call, error, lease.decision_id),
  );
  const loopbacks = callLoopbacks(way.fetch, lease.origins);
  const credential: GuardedCredential = Object.freeze({
    fetch: way.fetch,
    loopback: loopbacks.open,
    leaseId: lease.lease_id,
    decisionId: lease.decision_id,
    custody: lease.custody,
    release: way.release,
  });
  try {
    return await call.tool.execute(call.toolArguments, { ...passed, credential, signal: stop });
  } catch (error) {
    report(session, call, error, lease.decision_id);
    const reason = way.lastRefusal() ?? "tool_failed";
    span.failed(reason);
    return denial(reason, lease.decision_id);
  } finally {
    // INVARIANT: nothing is prolonged for a tool that has returned.
    letGo();
    way.close();
    await loopbacks.close();
  }
}

function openWay(
  session: RunSession,
  { custody, gateway, origins }: Lease,
  { access_token: token, token_type: type }: TokenSuccess,
  system: string,
  stop: AbortSignal,
): CredentialFetch {
  return custody === "released"
    ? releasedFetch(session, { token, origins, bound: type === "DPoP" }, stop)
    : credentialFetch(session, { handle: token, system, gateway, origins }, stop);
}

async function rememberPending<Arguments, Result>(
  session: RunSession,
  call: GuardedCall<Arguments, Result>,
  action: Action,
  approvalId: string,
  interval: number | undefined,
): Promise<void> {
  const pending = Object.freeze<PendingAction>({
    approval_id: approvalId,
    txn: action.txn,
    tool: call.tool.name,
    call_id: call.callId,
    action,
    ...(interval === undefined ? {} : { interval }),
  });
  session.remember(pending);
  try {
    await call.options.onApprovalRequired?.(pending);
  } catch (error) {
    report(session, call, error, undefined);
  }
}

/** INVARIANT: a handle is bound to the run's key, and what is no handle is a credential that the broker says it released. */
function leaseOf({ lease, token_type: type, issued_token_type: issued }: TokenSuccess): Lease {
  const handle = issued === TOKEN_TYPE_URIS.handle && type === "DPoP";
  const released = issued === TOKEN_TYPE_URIS.accessToken;
  if (lease === undefined || !(lease.custody === "released" ? released : handle))
    throw new Refusal("internal", { detail: "the broker's answer holds no lease" });
  return lease;
}

/** The original goes to the operator, and only there. */
function report<Arguments, Result>(
  session: RunSession,
  call: GuardedCall<Arguments, Result>,
  error: unknown,
  decisionId: string | undefined,
): void {
  session.onToolError(error, {
    tool: call.tool.name,
    callId: call.callId,
    runId: session.frame.runId,
    decisionId,
  });
}
