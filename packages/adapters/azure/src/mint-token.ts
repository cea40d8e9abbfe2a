import { type AdapterContext, type Authority, type Minted, Refusal } from "@watchword/core";
import { askToken } from "./ask-token.ts";
import type { AzureSettings } from "./azure-options.ts";
import { nativeOf, stepOf } from "./plan-authority.ts";

/** How sign-in logs tell an action's token from one of a look-up. */
const USER_AGENT = "watchword-adapter-azure";
const MINT_MILLISECONDS = 5_000;

/**
 * Gets a token for one authority. What is granted is what the token says, never what was asked, so that the broker's comparison
 * sees a wider one.
 *
 * @throws Refusal `tenant_mismatch`, `downstream_refused`, `downstream_unavailable`, `configuration_invalid`
 */
export async function mintToken(
  settings: AzureSettings,
  authority: Authority,
  context: AdapterContext,
): Promise<Minted> {
  if (authority.resource["account"] !== context.connection.account)
    throw new Refusal("tenant_mismatch", {
      detail: "the authority is for another account",
      failedFact: "tenant",
    });
  const step = stepOf(settings, authority.operation);
  const { credential, roles, expiresAt } = await askToken(settings, context, {
    step,
    userAgent: USER_AGENT,
    signal: AbortSignal.any([context.signal, AbortSignal.timeout(MINT_MILLISECONDS)]),
  });
  return {
    credential,
    kind: "access-token",
    granted: { ...authority, native: nativeOf(settings, step, roles) },
    nativeExpiresAt: expiresAt,
  };
}
