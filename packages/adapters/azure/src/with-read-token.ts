import { type AdapterContext, canonicalJson } from "@watchword/core";
import { askToken } from "./ask-token.ts";
import type { AzureSettings } from "./azure-options.ts";
import { rolesRefusal } from "./token-problem.ts";

/** How sign-in logs tell a look-up's token from one of an action. */
const USER_AGENT = "watchword-adapter-azure-resolve";

/**
 * Reads something with a token of one step of its own. `use` gets the context with that token as the connection's secret; it is
 * forgotten after that, since Entra can end none.
 *
 * @throws Refusal `downstream_refused`, `downstream_unavailable`, `configuration_invalid`
 */
export async function withReadToken<Result>(
  settings: AzureSettings,
  context: AdapterContext,
  { step, milliseconds }: { readonly step: string; readonly milliseconds: number },
  use: (context: AdapterContext) => Promise<Result>,
): Promise<Result> {
  const signal = AbortSignal.any([context.signal, AbortSignal.timeout(milliseconds)]);
  const { credential, roles } = await askToken(settings, context, { step, userAgent: USER_AGENT, signal });
  // INVARIANT: a look-up has no broker between it and Entra, so it compares by itself.
  if (canonicalJson(roles) !== canonicalJson(settings.entra.apps[step]?.roles.toSorted() ?? []))
    throw rolesRefusal(settings, step);
  return use({ ...context, signal, connection: { ...context.connection, secret: credential } });
}
