import {
  type PublicJwk,
  type Signer,
  TOKEN_EXCHANGE_GRANT,
  TOKEN_TYPES,
  TOKEN_TYPE_URIS,
  actionDigest,
  agentUri,
  generateSigner,
  newAction,
  publicJwkOf,
  randomToken,
  readCompactJws,
  runUri,
  sha256,
  signProof,
  signToken,
  tokenUrl,
} from "@watchword/core";
import { localKeySource } from "@watchword/identity/local-key";
import type { Agent } from "node:http";
import { post } from "../frame/post-all.ts";
import { AGENT } from "./bench-policy.ts";

/** Who the brokers of a bench are, whatever port they listen on. */
export const ISSUER = "https://broker.bench.example";
const REFERENCE = `${AGENT}@1`;

/** A run, and the forms of as many exchanges as are asked for. */
export interface BenchAgent {
  /** By which its assertions and its run token verify. */
  readonly keys: { readonly run: PublicJwk; readonly broker: PublicJwk };
  /** A form for one act each: a fresh action, a fresh assertion. */
  readonly forms: (count: number) => Promise<Buffer[]>;
}

/** Starts a run at the broker that listens at `url`. @throws Error with what it answered */
export async function benchAgent(url: string, directory: string, agent: Agent): Promise<BenchAgent> {
  const key = await generateSigner();
  const workload = await localKeySource({ directory, subject: "bench", audience: ISSUER });
  const token = await workload.token();
  const request = {
    grant_type: TOKEN_EXCHANGE_GRANT,
    subject_token: token,
    subject_token_type: TOKEN_TYPE_URIS.workload,
    actor_token: token,
    actor_token_type: TOKEN_TYPE_URIS.workload,
    requested_token_type: TOKEN_TYPE_URIS.run,
    authorization_details: JSON.stringify([
      { type: "urn:watchword:authorization-details:run", agent: REFERENCE },
    ]),
  };
  const proof = await signProof(
    key,
    { method: "POST", url: tokenUrl(ISSUER) },
    Math.floor(Date.now() / 1_000),
  );
  const { status, text } = await post(`${url}/token`, formOf(request), agent, { dpop: proof });
  if (status !== 200) throw new Error(`the broker starts no run: ${text}`);
  const answer = JSON.parse(text) as { access_token: string; run: { run_id: string } };
  return {
    keys: { run: key.publicJwk, broker: await keyOf(url, answer.access_token) },
    forms: (count) =>
      Promise.all(
        Array.from({ length: count }, async () =>
          formOf({
            grant_type: TOKEN_EXCHANGE_GRANT,
            subject_token: answer.access_token,
            subject_token_type: TOKEN_TYPE_URIS.run,
            actor_token: await assertion(key, answer.run.run_id, answer.access_token),
            actor_token_type: TOKEN_TYPE_URIS.assertion,
            requested_token_type: TOKEN_TYPE_URIS.handle,
          }),
        ),
      ),
  };
}

/** The broker's public key that signed a token. */
async function keyOf(url: string, token: string): Promise<PublicJwk> {
  const { kid } = readCompactJws(token, { maxBytes: 65_536 }).header;
  const response = await fetch(`${url}/jwks`);
  const { keys } = (await response.json()) as { keys: readonly (PublicJwk & { kid: string })[] };
  const found = keys.find((key) => key.kid === kid);
  if (found === undefined) throw new Error("the broker publishes no such key");
  return publicJwkOf(found);
}

function assertion(key: Signer, run: string, runToken: string): Promise<string> {
  const action = newAction({
    system: "orders",
    operation: "orders.refund",
    resource: {},
    arguments: { order: "o_4711", reason: "broken" },
  });
  const now = Math.floor(Date.now() / 1_000);
  return signToken(key, TOKEN_TYPES.assertion, {
    iss: runUri(run),
    sub: agentUri(REFERENCE),
    aud: ISSUER,
    iat: now,
    exp: now + 60,
    jti: randomToken(16),
    txn: action.txn,
    ath: sha256(runToken),
    call: { tool: "refund", id: "call_1" },
    action,
    action_digest: actionDigest(action),
  });
}

function formOf(request: Readonly<Record<string, string>>): Buffer {
  return Buffer.from(new URLSearchParams(request).toString());
}
