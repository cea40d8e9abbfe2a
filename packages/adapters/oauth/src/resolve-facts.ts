import type { DeclaredApi } from "@watchword/adapter-http/declared-api";
import { type Action, type AdapterContext, type Facts, findOperation } from "@watchword/core";
import { detailsOf } from "./authorization-details.ts";
import type { OauthSettings } from "./oauth-options.ts";
import { withReadToken } from "./with-read-token.ts";

const RESOLVE_MILLISECONDS = 1_000;

/**
 * Looks up facts with a token for exactly the reads that the look-ups are; nothing is asked for where there is nothing to look up.
 *
 * @throws Refusal `downstream_unavailable`, `downstream_refused`, `configuration_invalid`
 */
export async function resolveFacts(
  settings: OauthSettings,
  api: DeclaredApi,
  action: Action,
  context: AdapterContext,
): Promise<Facts> {
  const entry = findOperation(api.catalogue, action.operation);
  const named = entry?.references.filter((name) => action.arguments[name] !== undefined) ?? [];
  if (named.length === 0) return api.resolve(action, context);
  const reads = named.map((name) => {
    const key = settings.api.lookups[name]?.operation ?? "";
    return {
      scopes: settings.authorization.scopes[key] ?? [],
      details: detailsOf(settings, {
        operation: settings.api.operations[key]?.name ?? "",
        resource: { account: context.connection.account },
        arguments: { [name]: action.arguments[name] ?? "" },
      }),
    };
  });
  const details = reads.flatMap((read) => read.details ?? []);
  return withReadToken(
    settings,
    context,
    {
      scopes: [...new Set(reads.flatMap((read) => read.scopes))],
      details: settings.authorization.details === undefined ? undefined : details,
      milliseconds: RESOLVE_MILLISECONDS,
    },
    (reading) => api.resolve(action, reading),
  );
}
