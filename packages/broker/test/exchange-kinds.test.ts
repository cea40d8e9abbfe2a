import {
  type Refusal,
  TOKEN_EXCHANGE_GRANT,
  TOKEN_TYPE_URIS,
  type TokenAnswer,
  type TokenRequest,
  generateSigner,
  signProof,
  tokenUrl,
} from "@watchword/core";
import { describe, expect, test } from "vitest";
import type { BrokerContext } from "../src/broker-context.ts";
import { exchange } from "../src/exchange.ts";
import { ISSUER } from "./world.ts";

const { run, assertion, delegation, workload, handle, accessToken, idToken } = TOKEN_TYPE_URIS;

describe("what makes no exchange is refused before any token is read, counted, and the operator reads why:", () => {
  /** A broker without rooms: whatever would be looked up, recorded or minted from here on breaks. */
  async function asked(
    more: Partial<TokenRequest>,
    context: Partial<BrokerContext> = {},
  ): Promise<{ readonly answer: TokenAnswer; readonly counted: readonly Refusal[] }> {
    const counted: Refusal[] = [];
    const bare = {
      issuer: ISSUER,
      clock: { now: () => 1_800_000_000_000 },
      policy: { version: "v1" },
      proofNonce: "off",
      counted: { note: (refusal: Refusal) => counted.push(refusal) },
      ...context,
    } as unknown as BrokerContext;
    const request = {
      grant_type: TOKEN_EXCHANGE_GRANT,
      subject_token: "no token",
      subject_token_type: run,
      ...more,
    };
    return { answer: await exchange(bare, new Map(), request), counted };
  }

  const NONE = "these token types make no exchange";
  const PAIR = "actor_token and actor_token_type come together";
  const ACT = "requested_token_type of an act is a gateway handle or an access token";
  const RUN = "requested_token_type of a start, a renewal or a delegation is a run token";
  const by = (type: string): Partial<TokenRequest> => ({ actor_token: "none", actor_token_type: type });
  test.for<[title: string, detail: string, request: Partial<TokenRequest>]>([
    ["another grant", "grant_type is not token-exchange", { ...by(assertion), grant_type: "refresh_token" }],
    ["an actor without its type", PAIR, { actor_token: "none" }],
    ["a type without its actor", PAIR, { actor_token_type: assertion }],
    ["nobody who acts", NONE, {}],
    ["an assertion beside a user's token", NONE, { ...by(assertion), subject_token_type: idToken }],
    ["a delegation beside a user's token", NONE, { ...by(delegation), subject_token_type: idToken }],
    ["a run token beside a run token", NONE, by(run)],
    ["a run token of an act", ACT, { ...by(assertion), requested_token_type: run }],
    [
      "a handle of a start",
      RUN,
      { ...by(workload), subject_token_type: idToken, requested_token_type: handle },
    ],
    ["a handle of a renewal", RUN, { ...by(workload), requested_token_type: handle }],
    ["a credential of a delegation", RUN, { ...by(delegation), requested_token_type: accessToken }],
  ])("%s", async ([, detail, request]) => {
    const { answer, counted } = await asked(request);
    expect(answer).toEqual({
      ok: false,
      error: "invalid_request",
      error_description: "The request is not well formed.",
      reason: "request_malformed",
      retryable: false,
    });
    expect(counted.map(({ message }) => message)).toEqual([`request_malformed: ${detail}`]);
  });

  test.for<[title: string, request: Partial<TokenRequest>]>([
    ["act for a handle", { ...by(assertion), requested_token_type: handle }],
    ["act for a credential", { ...by(assertion), requested_token_type: accessToken }],
    ["act for what the grant gives", by(assertion)],
    ["delegation for a run token", { ...by(delegation), requested_token_type: run }],
    ["delegation", by(delegation)],
    ["renewal for a run token", { ...by(workload), requested_token_type: run }],
    ["renewal", by(workload)],
    ["start", { ...by(workload), subject_token_type: idToken }],
  ])("but an %s is one, and its token is looked at", async ([, request]) => {
    const { answer, counted } = await asked(request);
    expect(answer).toMatchObject({ ok: false, error: "invalid_request" });
    expect(answer).not.toHaveProperty("decision_id");
    expect(answer).not.toHaveProperty("receipt");
    expect(counted).toHaveLength(1);
    for (const detail of [NONE, PAIR, ACT, RUN]) expect(String(counted[0])).not.toContain(detail);
  });

  test("an error of ours says nothing of itself", async () => {
    const dpop = await signProof(
      await generateSigner(),
      { method: "POST", url: tokenUrl(ISSUER) },
      1_800_000_000,
    );
    const nonces = (): never => {
      throw new TypeError("secret");
    };
    const broken = { proofNonce: "required", keys: { nonces } } as unknown as Partial<BrokerContext>;
    const { answer, counted } = await asked({ ...by(workload), dpop }, broken);
    expect(answer).toMatchObject({ error: "server_error", reason: "internal", retryable: false });
    expect(JSON.stringify([answer, counted.map(String)])).not.toContain("secret");
    expect(counted).toHaveLength(1);
  });

  test("a proof without the nonce, where one must be in it: the answer holds the one to use, and an act needs none", async () => {
    const key = await generateSigner();
    const dpop = await signProof(key, { method: "POST", url: tokenUrl(ISSUER) }, 1_800_000_000);
    const demanding = {
      proofNonce: "required",
      keys: { nonce: () => "the nonce", nonces: () => ["the nonce"] },
    } as unknown as Partial<BrokerContext>;
    const { answer } = await asked({ ...by(workload), dpop }, demanding);
    expect(answer).toMatchObject({
      reason: "proof_nonce_required",
      dpop_nonce: "the nonce",
      retryable: true,
    });
    const act = await asked({ ...by(assertion), dpop }, demanding);
    expect(act.answer).toMatchObject({ reason: "token_malformed" });
    expect(act.answer).not.toHaveProperty("dpop_nonce");
  });
});
