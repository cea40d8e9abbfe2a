import { type AdapterContext, type Authority, type Minted, Refusal, numericDate } from "@watchword/core";
import { assumeRole } from "./assume-role.ts";
import { accountOf } from "./aws-account.ts";
import type { AwsSettings } from "./aws-options.ts";
import { sealSession } from "./aws-session.ts";
import { ownerOf } from "./issued-session.ts";
import { type ScopedSession, scopeSession } from "./scope-session.ts";
import { statementsIn } from "./session-policy.ts";

const MINT_MILLISECONDS = 10_000;
const USER_AGENT = "watchword-adapter-aws";

/**
 * Mints the session of one action: the role by federation, then the same session narrowed to the action's policy and the lease's
 * seconds. The first one is let go of here. What is granted is what AWS answered, so that the broker's comparison sees a wider one.
 *
 * @throws Refusal `tenant_mismatch`, `configuration_invalid`, `lease_expired` before anything is sent; `downstream_refused` when nothing
 * was given; `downstream_unavailable` when that is not known
 */
export async function mintSession(
  settings: AwsSettings,
  authority: Authority,
  context: AdapterContext,
): Promise<Minted> {
  if (authority.resource["account"] !== context.connection.account)
    throw new Refusal("tenant_mismatch", {
      detail: "aws: the authority is for another account",
      failedFact: "tenant",
    });
  const account = accountOf(settings, context.connection.account);
  const policy = authority.native["policy"];
  if (typeof policy !== "string")
    throw new Refusal("internal", { detail: "aws: the policy was never planned" });
  const seconds = secondsLeft(settings, context);
  const signal = AbortSignal.any([context.signal, AbortSignal.timeout(MINT_MILLISECONDS)]);
  const asked = { userAgent: USER_AGENT, signal };
  const outer = await assumeRole(settings, context, {
    ...asked,
    account,
    statements: statementsIn(policy),
    audience: settings.audience,
  });
  const scoped = await scopeSession(settings, context, outer, { ...asked, policy, seconds });
  return {
    credential: sealSession(scoped.session),
    kind: "aws-session",
    granted: grantedBy(settings, authority, scoped, seconds),
    nativeExpiresAt: Math.floor(scoped.session.expiration.getTime() / 1_000),
  };
}

/** INVARIANT: no session outlives its lease, whoever holds it: AWS ends it, since nothing else could. */
function secondsLeft({ lifeSeconds }: AwsSettings, { minting, clock }: AdapterContext): number {
  const left = minting === undefined ? lifeSeconds : minting.leaseEndsAt - numericDate(clock);
  if (left < 1)
    throw new Refusal("lease_expired", {
      detail: "aws: nothing is left of the lease",
      failedFact: "credential",
    });
  return Math.min(lifeSeconds, left);
}

function grantedBy(
  { partition, lifeSeconds }: AwsSettings,
  authority: Authority,
  { arn, lifeSeconds: given, policies }: ScopedSession,
  seconds: number,
): Authority {
  const owner = ownerOf(arn);
  const planned = authority.resource["account"] ?? "";
  const sameAccount = planned.slice(0, 12) === owner.account;
  return {
    ...authority,
    resource: { account: sameAccount ? planned : owner.account },
    native: {
      // Of a session that no policy narrows, the planned one is not what it may do.
      ...(policies > 0 ? { policy: authority.native["policy"] ?? "" } : {}),
      role_arn: `arn:${partition}:iam::${owner.account}:role/${owner.role}`,
      life_seconds: given > seconds + ROUNDING_SECONDS ? given : lifeSeconds,
    },
  };
}

/** STS's `Date` header says whole seconds, and may be of the second before. */
const ROUNDING_SECONDS = 1;
