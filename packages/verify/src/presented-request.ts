import { Refusal } from "@watchword/core";

/** A request as far as its token and proof are about it, whatever framework it came through. */
export interface PresentedRequest {
  readonly method: string;
  /** Path and query as they stand in the request line. */
  readonly target: string;
  /** Every `Authorization` header. */
  readonly authorization: readonly string[];
  /** Every `DPoP` header. */
  readonly dpop: readonly string[];
}

/** A token as it was presented; nothing is verified. */
export interface PresentedToken {
  readonly token: string;
  /** `undefined`: presented as Bearer. */
  readonly proof: string | undefined;
}

const SCHEME = /^(DPoP|Bearer) ([A-Za-z0-9_.~+/=-]+)$/i;

/**
 * Reads one token, and one proof beside it (RFC 9449 section 7.1). Tokens in a query or a body are not looked for.
 *
 * @throws Refusal `caller_unknown` when there is none, `request_malformed` when it is not clear which
 */
export function readPresented({ authorization, dpop }: PresentedRequest): PresentedToken {
  const [credentials, ...others] = authorization;
  if (credentials === undefined) throw new Refusal("caller_unknown", { detail: "no Authorization header" });
  const [, scheme = "", token = ""] = SCHEME.exec(credentials) ?? [];
  if (others.length > 0 || token === "") throw unclear("not one token as DPoP or Bearer");
  const [proof, ...more] = dpop;
  const bound = scheme.toLowerCase() === "dpop";
  if (more.length > 0 || (proof ?? "").includes(",")) throw unclear("more than one DPoP header");
  if (bound !== (proof !== undefined)) throw unclear(bound ? "no DPoP header" : "a proof beside Bearer");
  return { token, proof };
}

/** Values of one header in `rawHeaders` of Node, where repeated ones are not merged or dropped. */
export function rawHeader(raw: readonly string[], name: string): string[] {
  return raw.filter((_, index) => index % 2 === 1 && raw[index - 1]?.toLowerCase() === name);
}

function unclear(detail: string): Refusal {
  return new Refusal("request_malformed", { detail, failedFact: "token" });
}
