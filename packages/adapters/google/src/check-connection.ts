import { type AdapterContext, type Finding, Refusal, systemAnswer } from "@watchword/core";
import { accessBoundary } from "./access-boundary.ts";
import { askToken } from "./ask-token.ts";
import { unusable } from "./call-google.ts";
import { type GoogleAccount, accountOf, nameOf } from "./google-account.ts";
import type { GoogleSettings } from "./google-options.ts";

const CHECK_MILLISECONDS = 8_000;
const CHECK_SECONDS = 60;
const USER_AGENT = "watchword-adapter-google-resolve";
/** Two prefixes below the tenant's own: the token is for the one, and must not open the other. */
const ASKED = "watchword-check/own/";
const OTHER = "watchword-check/other/";

/**
 * Checks a connection at the real account: the pool trusts this broker for this tenant, the service account gives it a token, its bucket
 * is there, and a token that was cut down is as narrow as it says, which takes uniform bucket-level access. Nothing is written.
 */
export async function checkConnection(
  settings: GoogleSettings,
  context: AdapterContext,
): Promise<readonly Finding[]> {
  const signal = AbortSignal.any([context.signal, AbortSignal.timeout(CHECK_MILLISECONDS)]);
  try {
    const account = accountOf(settings, context.connection.account);
    const { credential } = await askToken(settings, context, {
      ...accessBoundary(account, { operation: "storage.objects.list", arguments: { prefix: ASKED } }),
      seconds: CHECK_SECONDS,
      userAgent: USER_AGENT,
      signal,
    });
    const list = (prefix: string): Promise<number> =>
      credential.open((token) => statusOf(settings, context, { account, prefix, token, signal }));
    const [own, other] = [await list(ASKED), await list(OTHER)];
    if (own !== 200)
      return [
        error(
          `HTTP ${own}; required: bucket ${account.bucket}, which the service account may list; held: none of that name, or without it`,
        ),
      ];
    if (other !== 403)
      return [
        error(
          "a token that was cut down opens more than its prefix; next: turn on uniform bucket-level access for the bucket",
        ),
      ];
    return [{ severity: "ok", text: `${account.bucket} is reached, and tokens for it are cut down` }];
  } catch (cause) {
    return [error(Refusal.from(cause, "downstream_unavailable").message)];
  }
}

async function statusOf(
  { endpoints }: GoogleSettings,
  context: AdapterContext,
  about: {
    readonly account: GoogleAccount;
    readonly prefix: string;
    readonly token: string;
    readonly signal: AbortSignal;
  },
): Promise<number> {
  const query = new URLSearchParams({ maxResults: "1", prefix: nameOf(about.account, about.prefix) });
  const url = `${endpoints.storage}/storage/v1/b/${about.account.bucket}/o?${query.toString()}`;
  const response = await answer.send(context.fetch, url, {
    headers: { accept: "application/json", authorization: `Bearer ${about.token}`, "user-agent": USER_AGENT },
    signal: about.signal,
  });
  await response.body?.cancel().catch(() => undefined);
  if (response.status === 429 || response.status >= 500) throw unusable(`HTTP ${response.status} to a list`);
  return response.status;
}

const error = (text: string): Finding => ({ severity: "error", text });
const answer = systemAnswer({ maxBytes: 65_536, unusable });
