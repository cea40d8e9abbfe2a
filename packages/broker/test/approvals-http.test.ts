import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Served, approvalRecords, lead, served, wanted } from "./approval-place.ts";
import { type TestRun, type TestWorld, refundOf, world } from "./world.ts";

const NEVER = `apr_${"0".repeat(32)}`;

let place: TestWorld;
let http: Served;
let run: TestRun;
let id: string;
beforeAll(async () => {
  place = await world();
  http = await served(place);
  run = await place.start();
  id = await wanted(place, run);
});
afterAll(async () => {
  await http[Symbol.asyncDispose]();
  await place[Symbol.asyncDispose]();
});

describe("over HTTP an approver", () => {
  test("sees what waits in their tenant, with the exact text, and nothing that would let them ask in its place", async () => {
    const globex = await wanted(
      place,
      await place.start({ tenant: "globex", user: "gina" }),
      refundOf("ch_g3", 9_000),
    );
    const own = await http.ask("/approvals", { token: await lead(place) });
    expect(own.status).toBe(200);
    expect(own.headers.get("cache-control")).toBe("no-store");
    expect(own.headers.get("access-control-allow-origin")).toBeNull();
    expect(own.headers.get("set-cookie")).toBeNull();
    const kept = await place.store.approval(id);
    expect(own.body["approvals"]).toEqual([
      {
        id,
        tenant: "acme",
        agent: "support@3",
        grant: "refund",
        state: "pending",
        text: kept?.shownText,
        action_digest: kept?.actionDigest,
        approvers: ["leads"],
        created_at: kept?.createdAt,
        expires_at: kept?.expiresAt,
      },
    ]);
    expect(own.text).not.toContain(kept?.txn);
    const other = await http.ask("/approvals", {
      token: await lead(place, "gustav", { org_id: "globex" }),
    });
    expect((other.body["approvals"] as { id: string }[]).map((shown) => shown.id)).toEqual([globex]);
  });

  test("sees nothing without the group, and not what they asked for themselves", async () => {
    for (const token of [await lead(place, "eve", { groups: ["interns"] }), await lead(place, "dana")])
      expect((await http.ask("/approvals", { token })).body).toEqual({ approvals: [] });
    const own = await http.ask(`/approvals/${id}`, { token: await lead(place, "dana") });
    expect([own.status, own.body["reason"]]).toEqual([403, "approval_self"]);
  });

  test("cannot tell another tenant's approval from one that never was", async () => {
    const token = await lead(place, "gustav", { org_id: "globex" });
    const answers = async (path: (id: string) => string, body?: object): Promise<unknown[]> =>
      Promise.all(
        [id, NEVER].map(async (one) => {
          const { status, text, headers } = await http.ask(path(one), {
            token,
            ...(body === undefined ? {} : { body }),
          });
          return [status, text, [...headers.keys()].toSorted()];
        }),
      );
    for (const [theirs, none] of [
      await answers((one) => `/approvals/${one}`),
      await answers((one) => `/approvals/${one}/decision`, { verdict: "approve" }),
    ]) {
      expect(theirs).toEqual(none);
      expect(theirs).toContain(403);
    }
    expect((await place.store.approval(id))?.state).toBe("pending");
    const records = await approvalRecords(place);
    expect(records.filter(({ reason }) => reason === "approver_not_allowed")).toMatchObject([
      { approval: id, asked: "read" },
      { approval: id, asked: "decide" },
    ]);
  });

  test.for<{ name: string; token: () => Promise<string | undefined>; status: number; reason: string }>([
    { name: "without a token", token: async () => undefined, status: 401, reason: "token_malformed" },
    {
      name: "with an agent's run token",
      token: async () => run.token,
      status: 401,
      reason: "token_untrusted",
    },
    {
      name: "with a workload's token",
      token: () => place.workloadToken(),
      status: 401,
      reason: "token_untrusted",
    },
    {
      name: "whose token is for another audience",
      token: () =>
        place.login.idToken({
          subject: "lena",
          audience: "https://elsewhere.example",
          claims: { org_id: "acme", groups: ["leads"] },
          authTime: Math.floor(place.clock.now() / 1_000),
        }),
      status: 401,
      reason: "token_wrong_audience",
    },
    {
      name: "whose login is old",
      token: () => lead(place, "lena", {}, Math.floor(place.clock.now() / 1_000) - 301),
      status: 403,
      reason: "approver_not_allowed",
    },
    {
      name: "whose login is in the future",
      token: () => lead(place, "lena", {}, Math.floor(place.clock.now() / 1_000) + 3_600),
      status: 403,
      reason: "approver_not_allowed",
    },
    { name: "who asked for it", token: () => lead(place, "dana"), status: 403, reason: "approval_self" },
  ])("$name decides nothing: $reason", async ({ token, status, reason }) => {
    const given = await token();
    const answer = await http.ask(`/approvals/${id}/decision`, {
      ...(given === undefined ? {} : { token: given }),
      body: { verdict: "approve" },
    });
    expect([answer.status, answer.body["reason"]]).toEqual([status, reason]);
    expect(answer.headers.get("www-authenticate")).toBe(
      status === 401 ? 'Bearer error="invalid_token"' : null,
    );
    expect((await place.store.approval(id))?.state).toBe("pending");
  });

  test("who is nobody is counted, and only who was verified has records of their own", async () => {
    const before = await approvalRecords(place);
    await http.ask(`/approvals/${id}/decision`, { token: "x.y.z", body: { verdict: "approve" } });
    await http.ask("/approvals", { token: "x.y.z" });
    expect(await approvalRecords(place)).toEqual(before);
    await place.broker.sweep();
    const counts = (await place.ledger()).filter(({ body }) => body["reason"] === "token_malformed");
    expect(counts.reduce((sum, { body }) => sum + Number(body["count"]), 0)).toBeGreaterThanOrEqual(3);
  });

  test.for<{ name: string; sent: Parameters<Served["ask"]>[1]; reason: string }>([
    {
      name: "a form, as a page elsewhere could send it",
      sent: { text: "verdict=approve", headers: { "content-type": "application/x-www-form-urlencoded" } },
      reason: "request_malformed",
    },
    {
      name: "plain text that is JSON",
      sent: { text: '{"verdict":"approve"}', headers: { "content-type": "text/plain" } },
      reason: "request_malformed",
    },
    {
      name: "a page's request",
      sent: { body: { verdict: "approve" }, headers: { origin: "https://evil.example" } },
      reason: "target_refused",
    },
    { name: "another word", sent: { body: { verdict: "approved" } }, reason: "request_malformed" },
    {
      name: "approving everything",
      sent: { body: { verdict: "approve", all: true } },
      reason: "request_malformed",
    },
    {
      name: "two verdicts",
      sent: {
        text: '{"verdict":"deny","verdict":"approve"}',
        headers: { "content-type": "application/json" },
      },
      reason: "request_malformed",
    },
  ])("decides nothing by $name", async ({ sent, reason }) => {
    const answer = await http.ask(`/approvals/${id}/decision`, { ...sent, token: await lead(place) });
    expect(answer.body["reason"] ?? answer.body["error"]).toBe(reason);
    expect((await place.store.approval(id))?.state).toBe("pending");
  });

  test("has no token taken from the query", async () => {
    const answer = await http.ask(`/approvals?access_token=${await lead(place)}`);
    expect([answer.status, answer.body["reason"]]).toEqual([400, "request_malformed"]);
  });

  test.for(["approve all", "apr_", "payments", `${NEVER}*`])(
    "approves nothing by the name of “%s”",
    async (name) => {
      const answer = await http.ask(`/approvals/${encodeURIComponent(name)}/decision`, {
        token: await lead(place),
        body: { verdict: "approve" },
      });
      expect([answer.status, answer.body["reason"]]).toEqual([403, "approval_mismatch"]);
    },
  );

  test("says yes once; who comes later hears what it is", async () => {
    const token = await lead(place);
    const decide = (verdict: string): ReturnType<Served["ask"]> =>
      http.ask(`/approvals/${id}/decision`, { token, body: { verdict, reason: "seen the ticket" } });
    const first = await decide("approve");
    expect([first.status, first.body]).toEqual([200, { id, state: "granted" }]);
    const second = await decide("deny");
    expect([second.status, second.body["reason"], second.body["state"]]).toEqual([
      409,
      "approval_mismatch",
      "granted",
    ]);
    const record = (await place.ledger()).find(({ body }) => body["outcome"] === "granted");
    const personal = await place.store.personal(record?.replica ?? "", record?.sequence ?? 0);
    expect(personal?.value["reason"]).toBe("seen the ticket");
    expect(JSON.stringify(record?.body)).not.toContain("seen the ticket");
  });

  test("is answered 405 for other methods", async () => {
    expect((await http.ask(`/approvals/${id}`, { method: "DELETE" })).status).toBe(405);
    expect((await http.ask(`/approvals/${id}/decision`)).status).toBe(405);
  });
});
