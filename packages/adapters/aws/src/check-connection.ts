import { type AdapterContext, type Finding, Refusal } from "@watchword/core";
import { assumeRole } from "./assume-role.ts";
import { accountOf } from "./aws-account.ts";
import type { AwsSettings } from "./aws-options.ts";
import { ownerOf } from "./issued-session.ts";
import { scopeSession } from "./scope-session.ts";

const CHECK_MILLISECONDS = 8_000;
const USER_AGENT = "watchword-resolve-aws";
/** What the session that this leaves may do: nothing. */
const NOTHING = JSON.stringify({
  Statement: [{ Action: "*", Effect: "Deny", Resource: "*" }],
  Version: "2012-10-17",
});
/** No OpenID Connect provider knows it. */
const FOREIGN_AUDIENCE = "urn:watchword:not-for-aws";

/**
 * Checks a connection at the real account: its role trusts this broker for this tenant, can be narrowed in this region, is in that
 * account, and takes no token that is for somebody else. The sessions that this makes may do nothing.
 */
export async function checkConnection(
  settings: AwsSettings,
  context: AdapterContext,
): Promise<readonly Finding[]> {
  const signal = AbortSignal.any([context.signal, AbortSignal.timeout(CHECK_MILLISECONDS)]);
  const wish = { statements: [], userAgent: USER_AGENT, signal };
  try {
    const account = accountOf(settings, context.connection.account);
    const outer = await assumeRole(settings, context, { ...wish, account, audience: settings.audience });
    const scoped = await scopeSession(settings, context, outer, { ...wish, policy: NOTHING, seconds: 1 });
    const owner = ownerOf(scoped.arn);
    if (owner.account !== account.id || owner.role !== settings.role || scoped.policies !== 1)
      return [error("the session is not this account's role under one policy")];
    if (await isTaken(settings, context, { ...wish, account }))
      return [error("the role takes tokens for any audience; next: pin aud in its trust policy")];
    return [
      {
        severity: "ok",
        text: `role ${settings.role} of account ${account.id} trusts this broker, and is narrowed`,
      },
    ];
  } catch (cause) {
    return [error(Refusal.from(cause, "downstream_unavailable").message)];
  }
}

/** INVARIANT: a token that another system got of us must not open this one. */
async function isTaken(
  settings: AwsSettings,
  context: AdapterContext,
  wish: Omit<Parameters<typeof assumeRole>[2], "audience">,
): Promise<boolean> {
  try {
    await assumeRole(settings, context, { ...wish, audience: FOREIGN_AUDIENCE });
    return true;
  } catch (cause) {
    const refusal = Refusal.from(cause, "downstream_unavailable");
    if (refusal.reason === "downstream_refused") return false;
    throw cause;
  }
}

const error = (text: string): Finding => ({ severity: "error", text });
