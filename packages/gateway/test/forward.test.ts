import { Refusal, type Signer, generateSigner } from "@watchword/core";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { GatewayWorld, READ, REFUND, reasonOf } from "./gateway-world.ts";
import { SECRET } from "./lease-desk.ts";

let world: GatewayWorld;
let thief: Signer;
beforeEach(async () => {
  world = await GatewayWorld.open();
  thief = await generateSigner();
});
afterEach(() => world[Symbol.asyncDispose]());

function nothingLeft(): void {
  expect(world.downstream.seen).toEqual([]);
  expect(world.desk.log).not.toContain("claim");
}

describe("the decided request", () => {
  test("goes out with the credential, and the tool never sees it", async () => {
    const response = await world.refund(await world.desk.issue(world.signer, REFUND));
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ id: "re.1" });
    const [seen] = world.downstream.seen;
    expect(seen).toMatchObject({ method: "POST", url: "/v1/refunds", body: "charge=ch.1&amount=4200" });
    expect(seen?.headers).toMatchObject({ authorization: `Bearer ${SECRET}`, "idempotency-key": "idem-1" });
    expect(seen?.headers["dpop"]).toBeUndefined();
    expect(world.desk.log).toEqual(["open", "claim", "settle:done"]);
  });

  test("leaves only after its use was durably claimed", async () => {
    // An effect without a network in between: it is there before a claim that nobody waited for.
    await using quick = await GatewayWorld.open({
      gateway: {
        fetch: async () => {
          quick.desk.log.push("effect");
          return new Response("{}");
        },
      },
    });
    await quick.refund(await quick.desk.issue(quick.signer, REFUND));
    expect(quick.desk.log).toEqual(["open", "claim", "effect", "settle:done"]);
  });

  test("takes an amount that the broker decided from the decision, when the tool leaves it out", async () => {
    const response = await world.refund(await world.desk.issue(world.signer, REFUND), {
      body: "charge=ch.1",
    });
    expect(response.status).toBe(200);
    expect(world.downstream.seen[0]?.body).toBe("charge=ch.1&amount=4200");
  });

  test("is not sent when its use cannot be claimed", async () => {
    for (const reason of ["lease_used", "lease_expired", "run_ended", "ledger_unavailable"] as const) {
      world.desk.failing.claim = new Refusal(reason);
      const response = await world.refund(await world.desk.issue(world.signer, REFUND));
      expect(reasonOf(response)).toBe(reason);
    }
    nothingLeft();
  });

  test("is sent once: the second use of a handle is refused", async () => {
    const handle = await world.desk.issue(world.signer, REFUND);
    await world.refund(handle);
    const second = await world.refund(handle);
    expect([second.status, reasonOf(second)]).toEqual([401, "lease_used"]);
    expect(world.downstream.seen).toHaveLength(1);
  });
});

describe("a request that is not the decided action", () => {
  test.for([
    { name: "another amount", body: "charge=ch.1&amount=420000" },
    { name: "another charge", body: "charge=ch.2&amount=4200" },
    { name: "a field more", body: "charge=ch.1&amount=4200&reason=fraudulent" },
    { name: "no charge", body: "amount=4200" },
    { name: "an empty body", body: "" },
    { name: "another path", path: "/payments/v1/payouts" },
    { name: "a path of another version", path: "/payments/v2/refunds" },
    { name: "another account", headers: { "payments-account": "acct.globex" } },
  ])("is refused and recorded, and nothing is sent: $name", async ({ name: _name, ...changes }) => {
    const response = await world.refund(await world.desk.issue(world.signer, REFUND), changes);
    expect([response.status, reasonOf(response)]).toEqual([403, "request_mismatch"]);
    expect(world.desk.log).toEqual(["open", "refuse:request_mismatch"]);
    nothingLeft();
  });

  test("is refused when a read's lease is used for a write", async () => {
    const response = await world.refund(await world.desk.issue(world.signer, READ));
    expect(reasonOf(response)).toBe("request_mismatch");
    nothingLeft();
  });

  test("is refused under the route of another system, with the same paths", async () => {
    const response = await world.refund(await world.desk.issue(world.signer, REFUND), {
      path: "/other/v1/refunds",
    });
    expect([response.status, reasonOf(response)]).toEqual([403, "target_refused"]);
    nothingLeft();
  });

  test("is told to the operator with its decision, system and lease", async () => {
    const told: unknown[] = [];
    await using other = await GatewayWorld.open({
      gateway: { onRefusal: (refusal, known) => void told.push([refusal.reason, refusal.decisionId, known]) },
    });
    await other.refund(await other.desk.issue(other.signer, REFUND), { body: "charge=ch.2" });
    const known = { system: "payments", leaseId: "lease_1", decisionId: "dec_1" };
    expect(told).toEqual([["request_mismatch", "dec_1", known]]);
  });

  test("stays refused when its record cannot be written, and that is said", async () => {
    world.desk.failing.refuse = new Error("disk full");
    const response = await world.refund(await world.desk.issue(world.signer, REFUND), {
      body: "charge=ch.2",
    });
    expect(reasonOf(response)).toBe("request_mismatch");
    expect(world.refusals.map(({ reason }) => reason)).toEqual(["ledger_unavailable", "request_mismatch"]);
    nothingLeft();
  });
});

describe("a handle", () => {
  test("is dead without the run key", async () => {
    const handle = await world.desk.issue(world.signer, REFUND);
    const response = await world.refund(handle, {
      headers: await world.credentials(handle, "POST", "/payments/v1/refunds", thief),
    });
    expect([response.status, reasonOf(response)]).toEqual([401, "proof_invalid"]);
    expect(response.headers.get("www-authenticate")).toBe('DPoP algs="ES256", error="invalid_dpop_proof"');
    nothingLeft();
  });

  test("is refused as Bearer, with every other scheme, and without one", async () => {
    const handle = await world.desk.issue(world.signer, REFUND);
    for (const authorization of [
      `Bearer ${handle}`,
      `Basic ${handle}`,
      handle,
      `dpop ${handle}`,
      `DPoP  ${handle}`,
      `DPoP ${handle} `.trim() + ", x",
      "DPoP",
    ]) {
      const response = await world.refund(handle, { headers: { authorization } });
      expect([response.status, reasonOf(response)], authorization).toEqual([
        401,
        expect.stringMatching(/^(proof_invalid|lease_unknown)$/),
      ]);
    }
    nothingLeft();
    expect(world.desk.log).toEqual([]);
  });

  test("needs a proof for this method, this URL and this handle", async () => {
    const handle = await world.desk.issue(world.signer, REFUND);
    const other = await world.desk.issue(world.signer, REFUND);
    const proofs = [
      await world.credentials(handle, "GET", "/payments/v1/refunds"),
      await world.credentials(handle, "POST", "/payments/v1/charges"),
      await world.credentials(handle, "POST", "/other/v1/refunds"),
      await world.credentials(other, "POST", "/payments/v1/refunds"),
      { dpop: "" },
      { dpop: "a.b.c" },
    ];
    for (const proof of proofs) {
      const response = await world.refund(handle, { headers: { dpop: proof["dpop"] ?? "" } });
      expect([response.status, reasonOf(response)]).toEqual([401, "proof_invalid"]);
    }
    nothingLeft();
  });

  test("is dead with a proof that was used before", async () => {
    const [first, second] = [
      await world.desk.issue(world.signer, REFUND),
      await world.desk.issue(world.signer, REFUND),
    ];
    const headers = await world.credentials(first, "POST", "/payments/v1/refunds");
    await world.refund(first, { headers });
    const replayed = await world.refund(first, { headers });
    const crossed = await world.refund(second, { headers: { dpop: headers["dpop"] ?? "" } });
    expect([reasonOf(replayed), reasonOf(crossed)]).toEqual(["lease_used", "proof_invalid"]);
    expect(world.downstream.seen).toHaveLength(1);
  });

  test("that nobody issued opens nothing", async () => {
    const response = await world.refund("A".repeat(43));
    expect([response.status, reasonOf(response)]).toEqual([401, "lease_unknown"]);
    nothingLeft();
  });
});

test("a refusal shows its reason from the table and never the detail", async () => {
  const handle = await world.desk.issue(world.signer, REFUND);
  const response = await world.refund(handle, { body: "charge=ch.2&amount=4200" });
  expect(await response.json()).toEqual({
    error: "access_denied",
    error_description: "The request is not the action that was decided.",
    reason: "request_mismatch",
    retryable: false,
  });
  expect(world.desk.details.join()).toContain("arguments.charge");
});

test("an unknown system is no route, and HEAD, OPTIONS and TRACE are no methods", async () => {
  const handle = await world.desk.issue(world.signer, REFUND);
  expect(reasonOf(await world.refund(handle, { path: "/nowhere/v1/refunds" }))).toBe("unknown_target");
  for (const method of ["HEAD", "OPTIONS"]) {
    const path = "/payments/v1/charges/ch.1";
    const response = await fetch(`${world.url}${path}`, {
      method,
      headers: await world.credentials(handle, method, path),
    });
    expect(reasonOf(response)).toBe("target_refused");
  }
  nothingLeft();
});

test("a listener that fails changes nothing, at once or later", async () => {
  const unhandled: unknown[] = [];
  const note = (error: unknown): void => void unhandled.push(error);
  process.on("unhandledRejection", note);
  for (const onRefusal of [
    () => {
      throw new Error("log");
    },
    async () => Promise.reject(new Error("log")),
  ]) {
    await using other = await GatewayWorld.open({ gateway: { onRefusal } });
    const response = await other.refund(await other.desk.issue(other.signer, REFUND), {
      body: "charge=ch.2",
    });
    expect(reasonOf(response)).toBe("request_mismatch");
  }
  await new Promise((resolve) => setTimeout(resolve, 10));
  process.off("unhandledRejection", note);
  expect(unhandled).toEqual([]);
});
