import { type AdapterContext, type SealedCredential, type Value, canonicalJson } from "@watchword/core";
import { askToken } from "./ask-token.ts";
import { proveRequest, tokenIn } from "./bound-token.ts";
import { endToken } from "./end-token.ts";
import type { OauthSettings } from "./oauth-options.ts";
import { tokenUnusable } from "./token-problem.ts";

/** How the server's log tells a look-up's token from one of an action. */
const USER_AGENT = "watchword-adapter-oauth-resolve";
const END_MILLISECONDS = 1_000;

/** What a look-up's token is asked for, and how long the whole may take. */
export interface ReadWish {
  readonly scopes: readonly string[];
  readonly details?: readonly Value[] | undefined;
  readonly milliseconds: number;
}

/**
 * Reads something with a token of its own: its scopes and no more, ended before this returns, also after a failure. `use` gets the
 * context with that token in place of the connection's secret. The agent never sees it.
 *
 * @throws Refusal `downstream_refused`, `downstream_unavailable`, `configuration_invalid`
 */
export async function withReadToken<Result>(
  settings: OauthSettings,
  context: AdapterContext,
  { scopes, details, milliseconds }: ReadWish,
  use: (context: AdapterContext) => Promise<Result>,
): Promise<Result> {
  const signal = AbortSignal.any([context.signal, AbortSignal.timeout(milliseconds)]);
  const given = await askToken(settings, context, {
    scopes,
    ...(details === undefined ? {} : { details }),
    userAgent: USER_AGENT,
    signal,
  });
  try {
    // INVARIANT: a look-up has no broker between it and the server, so it compares by itself.
    if (
      canonicalJson(given.scopes) !== canonicalJson(scopes.toSorted()) ||
      !sameDetails(details, given.details)
    )
      throw tokenUnusable("a look-up token for something else than was asked");
    return await use(readingContext(settings, { ...context, signal }, given.credential));
  } finally {
    // Only this call holds it: that it could not be ended is no reason to lose the answer.
    await endToken(settings, context, tokenIn(given.credential, settings.authorization.dpop), {
      userAgent: USER_AGENT,
      signal: AbortSignal.timeout(END_MILLISECONDS),
    });
  }
}

function sameDetails(asked: readonly Value[] | undefined, given: readonly Value[] | undefined): boolean {
  if (asked === undefined || given === undefined) return asked === given;
  return canonicalJson(asked) === canonicalJson(given);
}

function readingContext(
  { authorization: { dpop } }: OauthSettings,
  context: AdapterContext,
  secret: SealedCredential,
): AdapterContext {
  const connection = { ...context.connection, secret };
  if (!dpop) return { ...context, connection };
  const proving: typeof fetch = (input, init) => {
    const { headers } = proveRequest(
      {
        method: init?.method ?? "GET",
        url: input instanceof Request ? input.url : String(input),
        headers: Object.fromEntries(new Headers(init?.headers)),
        body: undefined,
      },
      secret,
      context.clock,
    );
    return context.fetch(input, { ...init, headers });
  };
  return { ...context, connection, fetch: proving };
}
