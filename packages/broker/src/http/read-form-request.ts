import { Refusal, readForm } from "@watchword/core";
import { readUtf8 } from "./read-utf8.ts";

/** Bytes of a body: a run token and a delegation (64 KiB each at most) and the names around them. */
export const MAX_FORM_BYTES = 139_264;

const FORM = /^application\/x-www-form-urlencoded(?:[ \t]*;[ \t]*charset=(?:utf-8|"utf-8"))?$/i;
/** Runtimes are public clients: whoever sends a secret all the same has mistaken this endpoint for another. */
const CLIENT_AUTHENTICATION: readonly string[] = ["client_secret", "client_assertion"];

/**
 * Reads the form of a POST (RFC 6749 section 3.2): each parameter once, in the body alone, and without a value as good as
 * absent. Nothing is repaired: another reader of the same bytes must not find another request in them. `authorization`: the
 * route reads that header itself; elsewhere it is a mistake.
 *
 * @throws Refusal `request_malformed`
 */
export async function readFormRequest(
  request: Request,
  { authorization = false }: { readonly authorization?: boolean } = {},
): Promise<ReadonlyMap<string, string>> {
  // RFC 6749 section 2.3.1 forbids secrets in the URI; tokens would stand in the logs of everything on the way, too.
  if (new URL(request.url).search !== "") throw malformed("parameters belong into the body, not the query");
  if (!authorization && request.headers.has("authorization"))
    throw malformed("clients do not authenticate here");
  if (!FORM.test(request.headers.get("content-type")?.trim() ?? ""))
    throw malformed("the body is not a form");
  if (request.headers.has("content-encoding")) throw malformed("the body is coded");
  const form = new Map<string, string>();
  const seen = new Set<string>();
  for (const [name, value] of pairsOf(await readUtf8(request, MAX_FORM_BYTES))) {
    // RFC 6749 section 3.2: not even an unknown parameter comes twice.
    if (seen.has(name)) throw malformed("a parameter is repeated");
    seen.add(name);
    if (value !== "") form.set(name, value);
  }
  if (CLIENT_AUTHENTICATION.some((name) => form.has(name)))
    throw malformed("clients do not authenticate here");
  return form;
}

function pairsOf(text: string): (readonly [name: string, value: string])[] {
  if (text === "") return [];
  try {
    return readForm(text);
  } catch {
    throw malformed("the form's encoding is broken");
  }
}

function malformed(detail: string): Refusal {
  return new Refusal("request_malformed", { detail, failedFact: "token" });
}
