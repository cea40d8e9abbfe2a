import { Refusal } from "@watchword/core";
import { readJson } from "./read-json.ts";
import { readUrl } from "./verify-options.ts";

/** What the issuer says of itself, as far as it is needed. */
export interface IssuerMetadata {
  readonly jwksUrl: string;
  readonly introspectionUrl: string;
}

/**
 * Reads the metadata of the configured issuer (RFC 8414 section 3). INVARIANT: they must name that issuer, and addresses of its own
 * origin: metadata that lead elsewhere are none.
 *
 * @throws Refusal `broker_unavailable`
 */
export async function issuerMetadata(
  issuer: string,
  fetch: typeof globalThis.fetch,
): Promise<IssuerMetadata> {
  const { origin, pathname } = readUrl("issuer", issuer);
  const url = `${origin}/.well-known/oauth-authorization-server${pathname.replace(/\/$/, "")}`;
  const metadata = await readJson({ url, fetch });
  const [jwksUrl, introspectionUrl] = [metadata["jwks_uri"], metadata["introspection_endpoint"]];
  const own = (text: unknown): text is string =>
    typeof text === "string" && URL.canParse(text) && new URL(text).origin === origin;
  if (metadata["issuer"] === issuer && own(jwksUrl) && own(introspectionUrl))
    return { jwksUrl, introspectionUrl };
  throw new Refusal("broker_unavailable", { detail: `${url} is not the metadata of ${issuer}` });
}
