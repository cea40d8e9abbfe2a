import { type Action, Refusal, type TokenSuccess, newAction } from "@watchword/core";
import { type AssertedCall, assertAction } from "./assert-action.ts";
import type { Binding } from "./bind.ts";
import { type CredentialFetch, credentialFetch } from "./credential-fetch.ts";
import { type Denial, denial, denialOf } from "./denial.ts";
import type { RunSession } from "./run-session.ts";
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

/** bind → assert → ask the broker → run the tool with its credential → take the credential away. Never throws. */
export async function runTool<Arguments, Result>(
  session: RunSession,
  call: GuardedCall<Arguments, Result>,
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
    const answer = await session.broker.token(await assertAction(session, action, asserted));
    if (answer.ok)
      return await useLease(session, call, leaseOf(answer), {
        handle: answer.access_token,
        system: action.system,
      });
    const denied = denialOf(answer);
    if (denied.reason === "approval_required" && denied.approval_id !== undefined)
      await waitForApproval(session, call, action, denied.approval_id);
    return denied;
  } catch (error) {
    report(session, call, error, undefined);
    return denial(Refusal.from(error, "internal").reason);
  }
}

async function useLease<Arguments, Result>(
  session: RunSession,
  call: GuardedCall<Arguments, Result>,
  lease: Lease,
  held: { readonly handle: string; readonly system: string },
): Promise<Result | Denial> {
  const { pending: _pending, onApprovalRequired: _listener, signal, abortSignal, ...passed } = call.options;
  const stop = signal ?? abortSignal ?? new AbortController().signal;
  const way: CredentialFetch = credentialFetch(
    session,
    { ...held, gateway: lease.gateway, origins: lease.origins },
    stop,
  );
  const credential = Object.freeze({
    fetch: way.fetch,
    leaseId: lease.lease_id,
    decisionId: lease.decision_id,
  });
  try {
    return await call.tool.execute(call.toolArguments, { ...passed, credential, signal: stop });
  } catch (error) {
    report(session, call, error, lease.decision_id);
    return denial(way.lastRefusal() ?? "tool_failed", lease.decision_id);
  } finally {
    way.close();
  }
}

async function waitForApproval<Arguments, Result>(
  session: RunSession,
  call: GuardedCall<Arguments, Result>,
  action: Action,
  approvalId: string,
): Promise<void> {
  const pending = Object.freeze({
    approval_id: approvalId,
    txn: action.txn,
    tool: call.tool.name,
    call_id: call.callId,
    action,
  });
  session.remember(pending);
  try {
    await call.options.onApprovalRequired?.(pending);
  } catch (error) {
    report(session, call, error, undefined);
  }
}

function leaseOf(answer: TokenSuccess): Lease {
  if (answer.lease === undefined || answer.token_type !== "DPoP")
    throw new Refusal("internal", { detail: "the broker's answer holds no lease of a gateway" });
  return answer.lease;
}

/** The original goes to the operator, and only there. */
function report<Arguments, Result>(
  session: RunSession,
  call: GuardedCall<Arguments, Result>,
  error: unknown,
  decisionId: string | undefined,
): void {
  session.onToolError(error, { tool: call.tool.name, callId: call.callId, runId: session.runId, decisionId });
}
