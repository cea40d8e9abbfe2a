import { randomInt } from "node:crypto";
import {
  type Signer,
  TOKEN_EXCHANGE_GRANT,
  TOKEN_TYPES,
  TOKEN_TYPE_URIS,
  generateSigner,
  randomToken,
  signProof,
  signToken,
  tokenUrl,
} from "@watchword/core";
import { ISSUER } from "./world.ts";

/** One request of somebody whom nothing vouches for. */
export interface UnauthenticatedRequest {
  readonly path: string;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

const form = (members: Readonly<Record<string, string>>): string => new URLSearchParams(members).toString();

/**
 * Requests of every kind that a stranger may send, the same ones over and over in as many as are asked for: garbage, and
 * tokens that are well formed and signed, but by nobody whom the broker knows. Every id in them is another one.
 */
export async function unauthenticatedRequests(count: number): Promise<UnauthenticatedRequest[]> {
  const stranger = await generateSigner();
  const makers = [garbage, act, start, introspection, revocation, evidence, endOfRun, decision];
  return Promise.all(
    Array.from({ length: count }, (_, index) => (makers[index % makers.length] ?? garbage)(stranger)),
  );
}

const FORM = { "content-type": "application/x-www-form-urlencoded" };
const JSON_BODY = { "content-type": "application/json" };

async function garbage(): Promise<UnauthenticatedRequest> {
  return {
    path: "/token",
    headers: FORM,
    body: form({ grant_type: randomToken(16), subject_token: "x", subject_token_type: "y" }),
  };
}

async function act(stranger: Signer): Promise<UnauthenticatedRequest> {
  return {
    path: "/token",
    headers: FORM,
    body: form({
      grant_type: TOKEN_EXCHANGE_GRANT,
      subject_token: await runToken(stranger),
      subject_token_type: TOKEN_TYPE_URIS.run,
      actor_token: await signToken(stranger, TOKEN_TYPES.assertion, times({ jti: randomToken(16) })),
      actor_token_type: TOKEN_TYPE_URIS.assertion,
    }),
  };
}

async function start(stranger: Signer): Promise<UnauthenticatedRequest> {
  const token = await signToken(
    stranger,
    "JWT",
    times({ iss: "https://login.test.example", sub: randomToken(16) }),
  );
  return {
    path: "/token",
    headers: { ...FORM, dpop: await proofOf(stranger, tokenUrl(ISSUER)) },
    body: form({
      grant_type: TOKEN_EXCHANGE_GRANT,
      subject_token: token,
      subject_token_type: TOKEN_TYPE_URIS.idToken,
      actor_token: token,
      actor_token_type: TOKEN_TYPE_URIS.workload,
      requested_token_type: TOKEN_TYPE_URIS.run,
      authorization_details: JSON.stringify([
        { type: "urn:watchword:authorization-details:run", agent: `agent-${randomInt(1_000_000)}@1` },
      ]),
    }),
  };
}

async function introspection(stranger: Signer): Promise<UnauthenticatedRequest> {
  return presented(stranger, "/introspect");
}

async function revocation(stranger: Signer): Promise<UnauthenticatedRequest> {
  return presented(stranger, "/revoke");
}

async function presented(stranger: Signer, path: string): Promise<UnauthenticatedRequest> {
  const token = await runToken(stranger);
  return {
    path,
    headers: {
      ...FORM,
      authorization: `DPoP ${token}`,
      dpop: await proofOf(stranger, `${ISSUER}${path}`, token),
    },
    body: form({ token }),
  };
}

async function evidence(stranger: Signer): Promise<UnauthenticatedRequest> {
  const token = await signToken(stranger, "JWT", times({ iss: "https://ci.example", sub: randomToken(16) }));
  return {
    path: "/evidence?format=sarif&source=safety-evals",
    headers: { ...JSON_BODY, authorization: `Bearer ${token}` },
    body: JSON.stringify({ payload: randomToken(32), payloadType: "application/json", signatures: [] }),
  };
}

async function endOfRun(stranger: Signer): Promise<UnauthenticatedRequest> {
  return {
    path: "/runs/end",
    headers: { ...FORM, dpop: await proofOf(stranger, `${ISSUER}/runs/end`) },
    body: form({ token: await runToken(stranger) }),
  };
}

async function decision(stranger: Signer): Promise<UnauthenticatedRequest> {
  const token = await signToken(stranger, "JWT", times({ iss: "https://login.test.example", sub: "lena" }));
  return {
    path: `/approvals/${randomToken(16)}/decision`,
    headers: { ...JSON_BODY, authorization: `Bearer ${token}` },
    body: JSON.stringify({ verdict: "approve" }),
  };
}

const seconds = (): number => Math.floor(Date.now() / 1_000);
const times = (claims: object): object => ({ aud: ISSUER, iat: seconds(), exp: seconds() + 60, ...claims });

function runToken(stranger: Signer): Promise<string> {
  return signToken(stranger, TOKEN_TYPES.run, times({ iss: ISSUER, jti: randomToken(16) }));
}

function proofOf(stranger: Signer, url: string, token?: string): Promise<string> {
  return signProof(stranger, { method: "POST", url, ...(token === undefined ? {} : { token }) }, seconds());
}
