import { type AdapterContext, SealedCredential, systemAnswer } from "@watchword/core";
import { z } from "zod";
import type { AzureSettings } from "./azure-options.ts";
import { type TokenFacts, readClaims } from "./read-claims.ts";
import { connectionInvalid, tokenRefusal, tokenUnusable } from "./token-problem.ts";

/** RFC 7523 section 2.2. */
const ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const GUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const MAX_ANSWER_BYTES = 65_536;

const Answer = z.object({
  token_type: z.literal("Bearer"),
  expires_in: z.int().min(1),
  access_token: z.string().regex(/^[\x21-\x7e]{1,16384}$/),
  refresh_token: z.undefined().optional(),
});
const Problem = z.object({ error_codes: z.array(z.unknown()).max(10).default([]) });

/** A token, and what it says that it is good for. */
export interface GivenToken extends TokenFacts {
  readonly credential: SealedCredential;
}

/** For which step of the ladder, under which name and how long at most Entra is asked. */
export interface TokenWish {
  readonly step: string;
  readonly userAgent: string;
  readonly signal: AbortSignal;
}

/**
 * Asks Entra for an app's token by a token of the broker's federation issuer: no secret of the app exists anywhere.
 *
 * @throws Refusal `downstream_refused` (nothing was given), `downstream_unavailable`, `configuration_invalid`
 */
export async function askToken(
  settings: AzureSettings,
  context: AdapterContext,
  { step, userAgent, signal }: TokenWish,
): Promise<GivenToken> {
  const { entra } = settings;
  const directory = directoryOf(settings, context);
  const clientId = clientOf(settings, context, step);
  if (context.federationToken === undefined) throw connectionInvalid("this broker has no federation issuer");
  const assertion = await context.federationToken(entra.assertionAudience);
  const response = await answer.send(context.fetch, `${entra.loginUrl}/${directory}/oauth2/v2.0/token`, {
    method: "POST",
    headers: {
      accept: "application/json",
      "content-type": "application/x-www-form-urlencoded",
      "user-agent": userAgent,
    },
    body: assertion.open((jwt) =>
      new URLSearchParams({
        grant_type: "client_credentials",
        client_id: clientId,
        scope: `${entra.resource}/.default`,
        client_assertion_type: ASSERTION_TYPE,
        client_assertion: jwt,
      }).toString(),
    ),
    signal,
  });
  const bytes = await answer.bytes(response);
  const { status } = response;
  if (status !== 200) throw statusRefusal(status, bytes, `app ${clientId} with a role at ${entra.resource}`);
  const parsed = Answer.safeParse(answer.json(bytes));
  if (!parsed.success) throw tokenUnusable("an answer that is not one app's Bearer token");
  const { access_token: token } = parsed.data;
  return {
    credential: new SealedCredential(token),
    ...readClaims(settings, token, { directory, clientId }, context.clock),
  };
}

function statusRefusal(status: number, bytes: Uint8Array, required: string) {
  // Some fetch implementations report a redirect that was not followed as an opaque response with status 0.
  if (status === 0 || (status >= 300 && status < 400))
    return tokenRefusal(status, [], "an answer, not a redirect, which is never followed");
  if (status !== 400 && status !== 401 && status !== 403) return tokenUnusable(`HTTP ${status}`);
  const problem = Problem.safeParse(answer.json(bytes));
  return tokenRefusal(status, problem.success ? problem.data.error_codes : [], required);
}

/** The directory of a connection. @throws Refusal `configuration_invalid` */
function directoryOf({ entra }: AzureSettings, { connection }: AdapterContext): string {
  const directory = entra.directory ?? connection.settings["directory"];
  if (typeof directory === "string" && GUID.test(directory)) return directory;
  throw connectionInvalid("settings.directory must be the directory's id, a GUID in small letters");
}

/** The app of a step. @throws Refusal `configuration_invalid` */
function clientOf({ entra }: AzureSettings, { connection }: AdapterContext, step: string): string {
  const own = connection.settings["clients"];
  const clients =
    typeof own === "object" && !Array.isArray(own) ? (own as Readonly<Record<string, unknown>>) : {};
  const clientId = entra.apps[step]?.clientId ?? (Object.hasOwn(clients, step) ? clients[step] : undefined);
  if (typeof clientId === "string" && GUID.test(clientId)) return clientId;
  throw connectionInvalid(`settings.clients.${step} must be the app's client id, a GUID in small letters`);
}

const answer = systemAnswer({ maxBytes: MAX_ANSWER_BYTES, unusable: tokenUnusable });
