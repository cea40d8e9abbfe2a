import { Refusal, generateSigner, signProof } from "@watchword/core";
import { beforeEach, describe, expect, test } from "vitest";
import { type PresentedRequest, type TokenVerifier, answerRefusal, tokenVerifier } from "../src/index.ts";
import { AUDIENCE, type IssuerDesk, issuerDesk } from "./issuer-desk.ts";

const KEY = "k".repeat(32);
let desk: IssuerDesk;
let verifier: TokenVerifier;
beforeEach(async () => {
  desk = await issuerDesk();
  verifier = tokenVerifier({ ...desk.options, nonceKey: KEY });
});

const now = (): number => Math.floor(desk.clock.now() / 1_000);

async function requestWith(token: string, nonce?: string, signer = desk.holder): Promise<PresentedRequest> {
  const target = { method: "GET", url: `${AUDIENCE}/orders/o_1`, token };
  const proof = await signProof(signer, { ...target, ...(nonce === undefined ? {} : { nonce }) }, now());
  return { method: "GET", target: "/orders/o_1", authorization: [`DPoP ${token}`], dpop: [proof] };
}

/** What a request is answered with: its reason, or `taken`, and the nonce that it is told. */
async function ask(request: PresentedRequest, by = verifier): Promise<{ reason: string; nonce?: string }> {
  return by.verify(request, { operation: "orders.read", arguments: () => ({ order: "o_1" }) }).then(
    () => ({ reason: "taken" }),
    (error: unknown) => {
      const { headers } = answerRefusal(error);
      const nonce = headers["dpop-nonce"];
      return { reason: Refusal.from(error, "internal").reason, ...(nonce === undefined ? {} : { nonce }) };
    },
  );
}

const nonceNow = async (by = verifier): Promise<string> =>
  (await ask(await requestWith(await desk.token()), by)).nonce ?? "";

describe("a service that wants a nonce in proofs", () => {
  test("says so with a challenge, spends nothing meanwhile, and takes the same token with the nonce", async () => {
    const token = await desk.token();
    const request = await requestWith(token);
    const told = await ask(request);
    expect(told).toEqual({
      reason: "proof_nonce_required",
      nonce: expect.stringMatching(/^[\w-]{43}$/) as string,
    });
    const error = await verifier
      .verify(request, { operation: "orders.read", arguments: () => ({ order: "o_1" }) })
      .catch((refusal: unknown) => refusal);
    const { status, headers } = answerRefusal(error);
    expect([status, headers["www-authenticate"]]).toEqual([
      401,
      expect.stringContaining('error="use_dpop_nonce"') as string,
    ]);
    expect(await ask(await requestWith(token, told.nonce))).toEqual({ reason: "taken" });
  });

  test("takes a nonce for two to four minutes, and none of before", async () => {
    const nonce = await nonceNow();
    desk.clock.advance(120);
    expect(await ask(await requestWith(await desk.token(), nonce))).toEqual({ reason: "taken" });
    desk.clock.advance(120);
    expect(await ask(await requestWith(await desk.token(), nonce))).toMatchObject({
      reason: "proof_nonce_required",
    });
  });

  test.for(["", "x", "A".repeat(43)])("takes no other: %j", async (nonce) => {
    expect(await ask(await requestWith(await desk.token(), nonce))).toMatchObject({
      reason: "proof_nonce_required",
    });
  });

  test("knows the nonces of its replicas, and no other service's or key's", async () => {
    const nonce = await nonceNow(tokenVerifier({ ...desk.options, nonceKey: KEY }));
    expect(await ask(await requestWith(await desk.token(), nonce))).toEqual({ reason: "taken" });
    const foreign = await nonceNow(tokenVerifier({ ...desk.options, nonceKey: "o".repeat(32) }));
    expect(await ask(await requestWith(await desk.token(), foreign))).toMatchObject({
      reason: "proof_nonce_required",
    });
  });

  test("tells it to nobody who does not hold the token's key", async () => {
    const token = await desk.token();
    expect(await ask(await requestWith(token, undefined, await generateSigner()))).toEqual({
      reason: "proof_invalid",
    });
  });

  test("has a key that cannot be guessed", () => {
    expect(() => tokenVerifier({ ...desk.options, nonceKey: "short" })).toThrow(
      expect.objectContaining({ reason: "configuration_invalid" }),
    );
  });
});
