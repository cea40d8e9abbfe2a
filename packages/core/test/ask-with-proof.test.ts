import { describe, expect, test } from "vitest";
import { type ProvenRequest, type TokenAnswer, type TokenRequest, askWithProof } from "../src/index.ts";

const REQUEST: TokenRequest = { grant_type: "g", subject_token: "s", subject_token_type: "t" };
const CHALLENGE: TokenAnswer = {
  ok: false,
  error: "use_dpop_nonce",
  error_description: "",
  reason: "proof_nonce_required",
  retryable: true,
  dpop_nonce: "n-1",
};
const REFUSED: TokenAnswer = { ...CHALLENGE, reason: "proof_invalid" };

/** Asks with these answers; what was asked and with which nonces proofs were made. */
async function ask(answers: readonly TokenAnswer[], dpop?: TokenRequest["dpop"], remembered?: string) {
  const [left, asked]: [TokenAnswer[], ProvenRequest[]] = [[...answers], []];
  const answer = await askWithProof(
    { ...REQUEST, ...(dpop === undefined ? {} : { dpop }) },
    async (request) => (asked.push(request), left.shift() ?? REFUSED),
    remembered,
  );
  return { answer, proofs: asked.map((request) => request.dpop), asked };
}
const maker = async (nonce?: string): Promise<string> => `proof of ${nonce ?? "nothing"}`;

describe("a request", () => {
  test("with a ready-made proof, or none, is asked once as it is", async () => {
    expect(await ask([CHALLENGE, REFUSED], "ready")).toMatchObject({ answer: CHALLENGE, proofs: ["ready"] });
    const { asked } = await ask([CHALLENGE]);
    expect(asked).toEqual([REQUEST]);
  });

  test("whose proof can be made is asked once more when a nonce is wanted, with everything else the same", async () => {
    const { answer, asked } = await ask([CHALLENGE, REFUSED], maker);
    expect(answer).toBe(REFUSED);
    expect(asked).toEqual([
      { ...REQUEST, dpop: "proof of nothing" },
      { ...REQUEST, dpop: "proof of n-1" },
    ]);
  });

  test("begins with the nonce that is remembered", async () => {
    expect(await ask([REFUSED], maker, "n-0")).toMatchObject({ proofs: ["proof of n-0"] });
  });

  test("is asked twice at most", async () => {
    const { answer, proofs } = await ask([CHALLENGE, CHALLENGE, CHALLENGE], maker);
    expect([answer, proofs.length]).toEqual([CHALLENGE, 2]);
  });

  test("is not asked again for any other refusal", async () => {
    expect((await ask([REFUSED], maker)).proofs).toHaveLength(1);
  });
});
