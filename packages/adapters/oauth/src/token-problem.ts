import { Refusal } from "@watchword/core";

/** Error codes of RFC 6749 section 5.2, RFC 8693, 8707, 9396 and 9449: said again; any other text of the server is not. */
const KNOWN: Readonly<Record<string, readonly [held: string, next: string]>> = {
  invalid_client: [
    "a client or a proof of it that the server does not accept",
    "check clientId, client and the connection's secret, and this machine's clock",
  ],
  unauthorized_client: ["a client that may not use this grant", "allow the grant for the client"],
  access_denied: ["a client that may not have them", "allow them for the client"],
  invalid_scope: ["a client without one of the scopes", "allow them for the client, or correct scopes"],
  invalid_target: ["a client that may not reach it", "correct resource or audience"],
  invalid_grant: [
    "a federation token that the server does not accept",
    "check the trust in the broker's federation issuer: its address, subject and audience",
  ],
  invalid_authorization_details: [
    "a server that does not know the details, or a client that may not have them",
    "check details.type and what the client may ask for",
  ],
  unsupported_grant_type: ["a server without this grant", "correct grant"],
  invalid_dpop_proof: ["a proof that the server does not accept", "check this machine's clock"],
};

/** The refusal for a definite no of the token endpoint: nothing was given. `code` is quoted only when a standard defines it. */
export function tokenRefusal(status: number, code: unknown, required: string): Refusal {
  const [held, next] = (typeof code === "string" && Object.hasOwn(KNOWN, code) && KNOWN[code]) || [
    "a request that the server refuses",
    "look into the server's log",
  ];
  const said = typeof code === "string" && Object.hasOwn(KNOWN, code) ? ` ${code}` : "";
  return new Refusal("downstream_refused", {
    detail: `oauth: the authorization server answered HTTP ${status}${said}; required: ${required}; held: ${held}; next: ${next}`,
    failedFact: "credential",
  });
}

/** The refusal for an answer that is no definite no. It says what was wrong with it and nothing that it said. */
export function tokenUnusable(what: string): Refusal {
  return new Refusal("downstream_unavailable", { detail: `oauth: ${what} from the authorization server` });
}

/** @returns the refusal for a connection or configuration that nothing can be asked with */
export function connectionInvalid(what: string): Refusal {
  return new Refusal("configuration_invalid", {
    detail: `oauth: ${what}; next: correct the connection`,
    failedFact: "credential",
  });
}
