import type { AdapterContext } from "@watchword/core";
import type { AwsSettings } from "./aws-options.ts";
import { callSts, unusable } from "./call-sts.ts";
import { type IssuedSession, readSession } from "./issued-session.ts";
import { textAt } from "./read-xml.ts";

/** What a session is narrowed to. */
export interface ScopeWish {
  readonly policy: string;
  readonly seconds: number;
  readonly userAgent: string;
  readonly signal: AbortSignal;
}

/** A narrowed session. */
export interface ScopedSession extends IssuedSession {
  /** How many policies narrow it, as AWS says; ours is one. */
  readonly policies: number;
}

/**
 * Narrows a session to one policy and a few seconds, which AWS gives no role's session by itself.
 *
 * @throws Refusal `downstream_refused`, `downstream_unavailable`
 */
export async function scopeSession(
  settings: AwsSettings,
  context: AdapterContext,
  outer: IssuedSession,
  { policy, seconds, userAgent, signal }: ScopeWish,
): Promise<ScopedSession> {
  const decision = context.minting?.decisionId;
  const answer = await callSts(settings, context, {
    action: "GetScopedCredentials",
    parameters: {
      DurationSeconds: String(seconds),
      Policy: policy,
      ScopedSessionDescription: decision === undefined ? "watchword" : `watchword ${decision}`,
    },
    session: outer.session,
    userAgent,
    signal,
  });
  const scoped = readSession(answer, ["SessionInfo", "Arn"]);
  if (scoped.arn !== outer.arn) throw unusable("a session of somebody else");
  // INVARIANT: the first session goes no further than this; an answer that is it again is no narrowed one.
  if (
    scoped.session.accessKeyId === outer.session.accessKeyId ||
    scoped.session.sessionToken === outer.session.sessionToken
  )
    throw unusable("the session that was to be narrowed");
  const policies = Number(textAt(answer.result, "ScopedPoliciesCount") ?? "0");
  return { ...scoped, policies: Number.isSafeInteger(policies) ? policies : 0 };
}
