import type { DeclaredApi } from "@watchword/adapter-http/declared-api";
import { type Action, type AdapterContext, type Facts, findOperation } from "@watchword/core";
import type { AzureSettings } from "./azure-options.ts";
import { withReadToken } from "./with-read-token.ts";

const RESOLVE_MILLISECONDS = 1_000;

/**
 * Looks up facts with a token of the look-ups' own step; none is asked for where there is nothing to look up.
 *
 * @throws Refusal `downstream_unavailable`, `downstream_refused`, `configuration_invalid`
 */
export async function resolveFacts(
  settings: AzureSettings,
  api: DeclaredApi,
  action: Action,
  context: AdapterContext,
): Promise<Facts> {
  const entry = findOperation(api.catalogue, action.operation);
  const named = entry?.references.filter((name) => action.arguments[name] !== undefined) ?? [];
  const [first] = named;
  if (first === undefined) return api.resolve(action, context);
  // The options were checked for it: all look-ups are of one step.
  const step = settings.entra.use[settings.api.lookups[first]?.operation ?? ""] ?? "";
  return withReadToken(settings, context, { step, milliseconds: RESOLVE_MILLISECONDS }, (reading) =>
    api.resolve(action, reading),
  );
}
