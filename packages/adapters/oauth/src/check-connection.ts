import type { DeclaredApi } from "@watchword/adapter-http/declared-api";
import { type AdapterContext, type Finding, Refusal, type Value } from "@watchword/core";
import type { OauthSettings } from "./oauth-options.ts";
import { withReadToken } from "./with-read-token.ts";

const CHECK_MILLISECONDS = 5_000;

/** Checks a connection by a token for the declared read: the client is accepted, gets exactly that, and it works on this account. */
export async function checkConnection(
  settings: OauthSettings,
  api: DeclaredApi,
  context: AdapterContext,
): Promise<readonly Finding[]> {
  const { authorization } = settings;
  try {
    const account = await withReadToken(
      settings,
      context,
      {
        scopes: authorization.checkScopes,
        details: checkDetails(settings, context.connection.account),
        milliseconds: CHECK_MILLISECONDS,
      },
      (reading) => api.check(reading),
    );
    return [
      account,
      { severity: "ok", text: "the server gave exactly the scopes that were asked for" },
      ...(authorization.revocationEndpoint === undefined
        ? [
            {
              severity: "warning" as const,
              text: `tokens cannot be ended: each lives as long as the server says, at most ${authorization.lifeSeconds} s`,
            },
          ]
        : []),
    ];
  } catch (error) {
    // A refusal is a finding of the check, not its failure.
    return [{ severity: "error", text: Refusal.from(error, "downstream_unavailable").message }];
  }
}

/** The check is no operation of the catalogue; it is asked for under a name that no operation can have. */
function checkDetails(
  { authorization: { details, resource }, api }: OauthSettings,
  account: string,
): readonly Value[] | undefined {
  if (details === undefined) return undefined;
  const location = resource ?? api.origin.replace("{account}", account);
  return [{ type: details.type, locations: [location], actions: ["(check)"], identifier: account }];
}
