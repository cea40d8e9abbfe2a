/**
 * Every name on the wire that comes from a standard, a draft or our own namespace, in one place: a renamed draft is
 * one commit. Drafts are marked with their revision.
 */

/** `typ` header values (RFC 8725 section 3.11): no token of one kind can pass for another. */
export const TOKEN_TYPES = Object.freeze({
  run: "agent-run+jwt",
  assertion: "agent-assertion+jwt",
  delegation: "agent-delegation+jwt",
  ticket: "run-ticket+jwt",
  projection: "policy-projection+jwt",
  denials: "denial-batch+jwt",
  /** RFC 9068 section 2.1 */
  access: "at+jwt",
  /** RFC 9449 section 4.2 */
  proof: "dpop+jwt",
  workload: "workload-identity+jwt",
});

/** RFC 8693 section 2.1 */
export const TOKEN_EXCHANGE_GRANT = "urn:ietf:params:oauth:grant-type:token-exchange";

/** Token type identifiers: RFC 8693 section 3, and our own. */
export const TOKEN_TYPE_URIS = Object.freeze({
  jwt: "urn:ietf:params:oauth:token-type:jwt",
  idToken: "urn:ietf:params:oauth:token-type:id_token",
  accessToken: "urn:ietf:params:oauth:token-type:access_token",
  run: "urn:watchword:token-type:agent-run",
  assertion: "urn:watchword:token-type:agent-assertion",
  delegation: "urn:watchword:token-type:agent-delegation",
  ticket: "urn:watchword:token-type:run-ticket",
  workload: "urn:watchword:token-type:workload",
  handle: "urn:watchword:token-type:gateway-handle",
  /** A lease's id: names what was prolonged, and opens nothing. */
  lease: "urn:watchword:token-type:lease",
});

/** `type` values of `authorization_details` (RFC 9396). */
export const AUTHORIZATION_DETAILS_TYPES = Object.freeze({
  /** Of a start: which agent, and what its run may ask for. */
  run: "urn:watchword:authorization-details:run",
  /** In an access token: the one action that it is for. */
  action: "urn:watchword:authorization-details:action",
});

/**
 * Issuer of the tokens of every GitHub Actions job on github.com. An Enterprise Server's is
 * `https://<host>/_services/token`.
 */
export const GITHUB_ACTIONS_ISSUER = "https://token.actions.githubusercontent.com";

/** Claims that AWS reads as tags and source identity of a session, in a token that it federates with. */
export const AWS_SESSION_CLAIMS = Object.freeze({
  tags: "https://aws.amazon.com/tags",
  sourceIdentity: "https://aws.amazon.com/source_identity",
});

/** Claims of our own tokens that no standard names. */
export const CLAIMS = Object.freeze({
  run: "urn:watchword:run",
  ceiling: "urn:watchword:ceiling",
  decision: "urn:watchword:decision",
});

/** `urn:watchword:run:<id>`: the issuer of a run's assertions. */
export const runUri = (runId: string): string => `urn:watchword:run:${runId}`;

/** `urn:watchword:starter:<name>`: the issuer of a run ticket. */
export const starterUri = (name: string): string => `urn:watchword:starter:${name}`;

/** `urn:watchword:agent:<id>@<version>`: the actor in `act.sub`. */
export const agentUri = (reference: string): string => `urn:watchword:agent:${reference}`;
