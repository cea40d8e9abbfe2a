import { type AdapterContext, type Authority, type Minted, Refusal, numericDate } from "@watchword/core";
import { type AccessToken, askToken, endToken } from "./access-token.ts";
import { unusable } from "./call-salesforce.ts";
import { connectionSettings } from "./connection-settings.ts";
import { originOf } from "./org-host.ts";
import type { SalesforceSettings } from "./salesforce-options.ts";

const MINT_MILLISECONDS = 10_000;
/** For clocks that differ. */
const SLACK_SECONDS = 30;

/**
 * Mints the token of one authority. What is granted is what Salesforce answered, never what was asked, so that the broker's
 * comparison sees a wider one. A token of another org or user, or one that does not end by itself, is ended here.
 *
 * @throws Refusal `tenant_mismatch`, `credential_wider`, `configuration_invalid`; `downstream_refused` when nothing was given;
 * `downstream_unavailable` when that is not known
 */
export async function mintToken(
  settings: SalesforceSettings,
  authority: Authority,
  context: AdapterContext,
): Promise<Minted> {
  if (authority.resource["org"] !== context.connection.account)
    throw new Refusal("tenant_mismatch", {
      detail: "the authority is for another org",
      failedFact: "tenant",
    });
  const signal = AbortSignal.any([context.signal, AbortSignal.timeout(MINT_MILLISECONDS)]);
  const given = await askToken(settings, context, signal);
  try {
    const expiresAt = checkToken(settings, context, given);
    return {
      credential: given.token,
      kind: "access-token",
      granted: grantedBy(settings, authority, given, expiresAt - numericDate(context.clock)),
      nativeExpiresAt: expiresAt,
    };
  } catch (error) {
    await endToken(settings, context, given.token, signal);
    throw error;
  }
}

/**
 * Whether a token is of the connection's org, at its host, and of its user. Gives when it ends.
 *
 * @throws Refusal `tenant_mismatch`, `credential_wider`, `downstream_unavailable`
 */
export function checkToken(
  settings: SalesforceSettings,
  { connection, clock }: Pick<AdapterContext, "connection" | "clock">,
  given: AccessToken,
): number {
  const { organization, userId } = connectionSettings(settings, connection);
  // INVARIANT: a host may come to belong to another org; the org's id does not. Both must be the connection's.
  if (given.instance !== originOf(connection.account))
    throw foreign("the token is for another host than the connection's");
  if (given.organization !== organization) throw foreign("the token is of another org than the connection's");
  if (userId !== undefined && given.user !== userId)
    throw wider("the token is of another user than the connection's userId");
  if (given.expiresAt === undefined)
    throw wider(
      "the token is opaque: a session that every use prolongs; next: let the app issue JWT-based access tokens",
    );
  if (given.expiresAt <= numericDate(clock))
    throw unusable("a token that is over already; next: compare this machine's clock");
  return given.expiresAt;
}

function grantedBy(
  { scopes, tokenMinutes }: SalesforceSettings,
  authority: Authority,
  given: AccessToken,
  life: number,
): Authority {
  const planned = tokenMinutes * 60;
  return {
    ...authority,
    native: {
      scopes: given.scopes.every((scope) => scopes.includes(scope)) ? scopes.toSorted() : given.scopes,
      life_seconds: life > planned + SLACK_SECONDS ? life : planned,
    },
  };
}

const foreign = (detail: string): Refusal =>
  new Refusal("tenant_mismatch", { detail: `salesforce: ${detail}`, failedFact: "tenant" });

const wider = (detail: string): Refusal =>
  new Refusal("credential_wider", { detail: `salesforce: ${detail}`, failedFact: "credential" });
