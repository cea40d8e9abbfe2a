import type { ConsentTwinOptions } from "./twin-options.ts";

/** What a person does on the consent page. */
export interface PersonsAnswer {
  /** Whose page it is: the account that they are logged in to. */
  readonly account: string;
  /** `false`: they say no. Default `true`. */
  readonly consents?: boolean;
  /** What they leave checked, or what a server gives that does not keep to what was asked; default: what was asked for. */
  readonly scopes?: readonly string[];
}

/** What a code stands for until it is redeemed. */
export interface CodeTerms {
  readonly clientId: string;
  readonly redirectUri: string;
  readonly challenge: string;
  readonly account: string;
  readonly scopes: readonly string[];
}

/** An authorization request that may not be answered by a redirect (RFC 6749 section 4.1.2.1). */
class ConsentPageProblem extends Error {
  override readonly name = "ConsentPageProblem";
}

/** How an authorization request ends: back at the client with an error, or with terms that a code may stand for. */
export type Authorized =
  | { readonly redirectUri: string; readonly state: string | undefined; readonly error: string }
  | { readonly redirectUri: string; readonly state: string | undefined; readonly terms: CodeTerms };

/**
 * Reads an authorization request as RFC 6749 section 4.1.1 and RFC 7636 section 4.4.1 want it, S256 alone.
 *
 * @throws ConsentPageProblem for an unknown client or redirect address: nothing may be sent there
 */
export function authorize(
  { clients, accounts }: ConsentTwinOptions,
  query: URLSearchParams,
  { account, consents = true, scopes }: PersonsAnswer,
): Authorized {
  if (!accounts.includes(account)) throw new TypeError(`twin: no account ${account}`);
  const one = (name: string): string | undefined =>
    query.getAll(name).length === 1 ? (query.get(name) ?? undefined) : undefined;
  const clientId = one("client_id") ?? "";
  const client = Object.hasOwn(clients, clientId) ? clients[clientId] : undefined;
  if (client === undefined) throw new ConsentPageProblem("invalid client_id");
  const redirectUri = one("redirect_uri") ?? "";
  if (!client.redirectUris.includes(redirectUri)) throw new ConsentPageProblem("invalid redirect_uri");
  const state = one("state");
  const back = (error: string): Authorized => ({ redirectUri, state, error });
  if ([...new Set(query.keys())].some((name) => query.getAll(name).length > 1))
    return back("invalid_request");
  if (one("response_type") !== "code") return back("unsupported_response_type");
  const challenge = one("code_challenge") ?? "";
  if (one("code_challenge_method") !== "S256" || !/^[A-Za-z0-9_-]{43}$/.test(challenge))
    return back("invalid_request");
  const asked = (one("scope") ?? "").split(" ").filter((scope) => scope !== "");
  if (asked.length === 0 || !asked.every((scope) => client.scopes.includes(scope)))
    return back("invalid_scope");
  if (!consents) return back("access_denied");
  return {
    redirectUri,
    state,
    terms: { clientId, redirectUri, challenge, account, scopes: scopes ?? asked },
  };
}
