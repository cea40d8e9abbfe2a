import { type AdapterContext, Refusal } from "@watchword/core";
import type { AwsAccount } from "./aws-account.ts";
import type { AwsSettings } from "./aws-options.ts";
import { type StsAnswer, callSts, unusable } from "./call-sts.ts";
import { type IssuedSession, readSession } from "./issued-session.ts";
import { textAt } from "./read-xml.ts";
import { type Statement, policyText } from "./session-policy.ts";

/** What a first session may do at most, and who wants it. */
export interface RoleWish {
  readonly account: AwsAccount;
  /** What the session may do besides being narrowed: the action's statements, or nothing. */
  readonly statements: readonly Statement[];
  readonly audience: string;
  readonly userAgent: string;
  readonly signal: AbortSignal;
}

/** The shortest session that AWS gives for a role. */
const SHORTEST_SECONDS = 900;
/** Session names of what no decision asked for. */
const NO_DECISION = "watchword";
/** By itself it gives nothing: what is narrowed is what there is. */
const NARROWING = { Effect: "Allow", Action: "sts:GetScopedCredentials", Resource: "*" } as const;

/**
 * The connection's role, by a token of the federation issuer. Its session is already under the action's policy; it lives for a
 * quarter of an hour, since AWS gives no shorter one, and is only ever held here.
 *
 * @throws Refusal `configuration_invalid`, `downstream_refused`, `downstream_unavailable`
 */
export async function assumeRole(
  settings: AwsSettings,
  context: AdapterContext,
  { account, statements, audience, userAgent, signal }: RoleWish,
): Promise<IssuedSession> {
  if (context.federationToken === undefined)
    throw new Refusal("configuration_invalid", {
      detail: "aws: this broker has no federation issuer; next: configure federation, which the role trusts",
    });
  const token = await context.federationToken(audience, "aws-session");
  const decision = context.minting?.decisionId;
  const { partition, role } = settings;
  const answer = await token.open((text) =>
    callSts(settings, context, {
      action: "AssumeRoleWithWebIdentity",
      parameters: {
        DurationSeconds: String(SHORTEST_SECONDS),
        Policy: policyText([...statements, NARROWING]),
        RoleArn: `arn:${partition}:iam::${account.id}:role/${role}`,
        RoleSessionName: decision ?? NO_DECISION,
        WebIdentityToken: text,
      },
      userAgent,
      signal,
    }),
  );
  const session = readSession(answer, ["AssumedRoleUser", "Arn"]);
  // How full policy and tags make the session, in percent; more than all is no session under them.
  const packed = Number(textAt(answer.result, "PackedPolicySize") ?? "0");
  if (!(packed >= 0 && packed <= 100)) throw unusable("a session that cannot hold its policy");
  // INVARIANT: what is recorded at AWS beside each call is this decision, or there is no call.
  if (textAt(answer.result, "SourceIdentity") !== (decision ?? NO_DECISION)) throw nameless(answer);
  return session;
}

function nameless({ result }: StsAnswer): Refusal {
  return unusable(
    textAt(result, "SourceIdentity") === undefined
      ? "a session without source identity"
      : "a session with another source identity",
  );
}
