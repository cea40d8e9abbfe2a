import { SealedCredential } from "@watchword/core";
import { developmentIssuer } from "@watchword/identity/local-key";
import { oidc } from "@watchword/identity/oidc";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Served, approvalRecords, lead, served, wanted } from "./approval-place.ts";
import { type LoginAnswer, type LoginTwin, loginTwin } from "./login-twin.ts";
import { ISSUER, LOGIN, type TestWorld, refundOf, testClock, world } from "./world.ts";

const CLIENT = "broker-web";
const SECRET = "canary-client-secret-9c";

let place: TestWorld;
let twin: LoginTwin;
let http: Served;
let id: string;
beforeAll(async () => {
  const clock = testClock();
  const login = await developmentIssuer({ issuer: LOGIN, clock });
  twin = await loginTwin(login, CLIENT);
  place = await world({
    broker: {
      approvals: {
        login: {
          clientId: CLIENT,
          clientSecret: new SealedCredential(SECRET),
          authorizationEndpoint: `${twin.url}/authorize`,
          tokenEndpoint: `${twin.url}/token`,
          scopes: ["groups"],
          verifier: await oidc({
            issuer: LOGIN,
            audience: CLIENT,
            jwks: login.jwks,
            algorithms: ["ES256"],
            uses: ["approver"],
            clock,
          }),
        },
      },
    },
  });
  http = await served(place, [ISSUER]);
  id = await wanted(place, await place.start());
});
afterAll(async () => {
  await http[Symbol.asyncDispose]();
  await twin[Symbol.asyncDispose]();
  await place[Symbol.asyncDispose]();
});

const now = (): number => Math.floor(place.clock.now() / 1_000);
const lena = (change: Partial<LoginAnswer> = {}): LoginAnswer => ({
  subject: "lena",
  claims: { org_id: "acme", groups: ["leads"] },
  authTime: now(),
  ...change,
});
const begin = async (): Promise<string> => (await http.ask("/approvals/login")).headers.get("location") ?? "";
const callback = (parts: Record<string, string>): ReturnType<Served["ask"]> =>
  http.ask(`/approvals/login/callback?${new URLSearchParams(parts).toString()}`);
/** Values of the page's buttons, as a browser reads them. */
const answersOn = (html: string): string[] =>
  [...html.matchAll(/name="answer" value="([^"]*)"/g)].map(([, value = ""]) =>
    value.replaceAll(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code))),
  );
const post = (
  answer: string,
  headers: Record<string, string> = { origin: ISSUER },
): ReturnType<Served["ask"]> =>
  http.ask("/approvals/login/decision", {
    text: new URLSearchParams({ reason: "", answer }).toString(),
    headers: { "content-type": "application/x-www-form-urlencoded", ...headers },
  });

async function pageOf(answer = lena()): Promise<string> {
  const page = await callback(twin.login(await begin(), answer));
  expect(page.status).toBe(200);
  return page.text;
}

describe("a login at a browser", () => {
  test("asks for a code with PKCE, state, nonce and a fresh login, and comes back to exactly one address", async () => {
    const first = new URL(await begin());
    const second = new URL(await begin());
    expect(`${first.origin}${first.pathname}`).toBe(`${twin.url}/authorize`);
    expect(Object.fromEntries(first.searchParams)).toEqual({
      response_type: "code",
      client_id: CLIENT,
      redirect_uri: `${ISSUER}/approvals/login/callback`,
      scope: "openid groups",
      state: expect.stringMatching(/^[\w-]{100,}$/) as string,
      nonce: expect.stringMatching(/^[\w-]{22}$/) as string,
      code_challenge: expect.stringMatching(/^[\w-]{43}$/) as string,
      code_challenge_method: "S256",
      prompt: "login",
      max_age: "0",
    });
    for (const name of ["state", "nonce", "code_challenge"])
      expect(first.searchParams.get(name)).not.toBe(second.searchParams.get(name));
  });

  test("is where the link of an approval leads, whichever approval it is", async () => {
    for (const one of [id, `apr_${"0".repeat(32)}`]) {
      const answer = await http.ask(`/approvals/${one}`);
      expect([answer.status, answer.headers.get("location"), answer.text]).toEqual([303, "login", ""]);
    }
  });

  test("shows what waits, in a page on which nothing runs, that nobody frames, and that leaves nothing behind", async () => {
    const page = await callback(twin.login(await begin(), lena()));
    const policy = page.headers.get("content-security-policy") ?? "";
    expect(policy).toMatch(
      /^default-src 'none'; style-src 'sha256-[\w+/=]+'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'$/,
    );
    expect(page.headers.get("set-cookie")).toBeNull();
    expect(page.headers.get("cache-control")).toBe("no-store");
    expect(page.headers.get("referrer-policy")).toBe("strict-origin");
    expect(page.text).not.toMatch(/<script|javascript:|onerror|src=/i);
    expect(page.text).toContain("190.00 USD");
    expect(page.text).not.toContain(SECRET);
    expect(page.text).not.toContain("canary-access");
    expect(answersOn(page.text)).toHaveLength(2);
    expect(twin.redeemed.at(-1)?.authorization).toBe(
      `Basic ${Buffer.from(`${CLIENT}:${SECRET}`).toString("base64")}`,
    );
  });

  test("decides by the page's form, once", async () => {
    const waiting = await wanted(place, await place.start(), refundOf("ch_a3", 18_000));
    const mine = answersOn(await pageOf()).filter((answer) => answer.startsWith(waiting));
    const [approve = "", deny = ""] = mine;
    const done = await post(approve);
    expect(done.status).toBe(200);
    expect(done.text).toContain("granted");
    expect(await place.store.approval(waiting)).toMatchObject({
      state: "granted",
      decidedBy: `${LOGIN} lena`,
    });
    expect((await post(approve)).status).toBe(401);
    const late = await post(deny);
    expect([late.status, late.text]).toEqual([409, expect.stringContaining("granted already")]);
    const [record] = (await approvalRecords(place)).filter(({ outcome }) => outcome === "granted");
    expect(record).toMatchObject({ approval: waiting, approvers: "leads" });
  });

  test.for<{ name: string; change: (answer: string) => string; headers?: Record<string, string> }>([
    { name: "sent by another page", change: (answer) => answer, headers: { origin: "https://evil.example" } },
    { name: "sent by no page at all", change: (answer) => answer, headers: {} },
    { name: "sent by a page without a name", change: (answer) => answer, headers: { origin: "null" } },
    { name: "for another verdict", change: (answer) => answer.replace(".deny.", ".approve.") },
    {
      name: "for another approval",
      change: (answer) => answer.replace(/^apr_[0-9a-f]{32}/, `apr_${"0".repeat(32)}`),
    },
    {
      name: "that lasts longer",
      change: (answer) => answer.replace(/\.(\d+)\./, (_, time: string) => `.${Number(time) + 600}.`),
    },
    { name: "without a seal", change: (answer) => answer.slice(0, answer.lastIndexOf(".") + 1) },
    { name: "that is empty", change: () => "" },
  ])("decides nothing by a form $name", async ({ change, headers }) => {
    const deny = answersOn(await pageOf()).find((answer) => answer.startsWith(`${id}.deny.`)) ?? "";
    const answer = await post(change(deny), headers);
    expect([400, 401, 403]).toContain(answer.status);
    expect((await place.store.approval(id))?.state).toBe("pending");
  });

  test("shows nobody what is not theirs to decide", async () => {
    const others = [
      lena({ claims: { org_id: "globex", groups: ["leads"] } }),
      lena({ claims: { org_id: "acme", groups: ["interns"] } }),
      lena({ subject: "dana" }),
    ];
    for (const other of others) expect(answersOn(await pageOf(other))).toEqual([]);
  });

  test("forgets a form after five minutes, whatever its token says", async () => {
    const [approve = ""] = answersOn(await pageOf());
    place.clock.advance(301);
    expect((await post(approve)).status).toBe(401);
    expect((await place.store.approval(id))?.state).toBe("pending");
  });
});

describe("a login that is not what was begun", () => {
  test.for<{ name: string; answer: () => LoginAnswer | Promise<LoginAnswer> }>([
    { name: "another nonce", answer: () => lena({ nonce: "A".repeat(22) }) },
    { name: "another audience", answer: () => lena({ audience: "other-client" }) },
    { name: "the broker's own audience", answer: () => lena({ audience: ISSUER }) },
    {
      name: "another authorized party",
      answer: () => lena({ claims: { org_id: "acme", groups: ["leads"], azp: "other-client" } }),
    },
    { name: "an old login", answer: () => lena({ authTime: now() - 120 }) },
    { name: "no time of the login", answer: () => lena({ authTime: undefined }) },
    {
      name: "another issuer's token",
      answer: async () =>
        lena({ issuer: await developmentIssuer({ issuer: "https://evil.example", clock: place.clock }) }),
    },
    {
      name: "the right issuer's name under another key",
      answer: async () => lena({ issuer: await developmentIssuer({ issuer: LOGIN, clock: place.clock }) }),
    },
  ])("shows nothing: $name", async ({ answer }) => {
    const page = await callback(twin.login(await begin(), await answer()));
    expect([400, 401]).toContain(page.status);
    expect(page.text).not.toContain("USD");
    expect(answersOn(page.text)).toEqual([]);
  });

  test.for<{
    name: string;
    change: (parts: Record<string, string>) => Record<string, string> | Promise<Record<string, string>>;
  }>([
    { name: "a state of nobody's", change: (parts) => ({ ...parts, state: "A".repeat(200) }) },
    { name: "no state", change: ({ code = "" }) => ({ code }) },
    {
      name: "the state of another login, whose verifier does not fit the code",
      change: async (parts) => ({
        ...parts,
        state: new URL(await begin()).searchParams.get("state") ?? "",
      }),
    },
    { name: "another issuer's answer", change: (parts) => ({ ...parts, iss: "https://evil.example" }) },
    { name: "a code of nobody's", change: (parts) => ({ ...parts, code: "made-up" }) },
    { name: "no code", change: ({ state = "" }) => ({ state }) },
    { name: "an error beside the code", change: (parts) => ({ ...parts, error: "access_denied" }) },
  ])("shows nothing: $name", async ({ change }) => {
    const page = await callback(await change({ ...twin.login(await begin(), lena()) }));
    expect(page.status).toBe(401);
    expect(answersOn(page.text)).toEqual([]);
  });

  test("shows nothing the second time, and the code goes to the login service once", async () => {
    const parts = twin.login(await begin(), lena());
    const before = twin.redeemed.length;
    expect((await callback({ ...parts, iss: LOGIN })).status).toBe(200);
    expect((await callback(parts)).status).toBe(401);
    expect(twin.redeemed.length).toBe(before + 1);
  });

  test("shows nothing after ten minutes", async () => {
    const url = await begin();
    place.clock.advance(601);
    expect((await callback(twin.login(url, lena()))).status).toBe(401);
  });

  test("with a code replayed into a login of one's own is refused by the verifier", async () => {
    const stolen = twin.login(await begin(), lena());
    const own = twin.login(await begin(), lena({ subject: "mallory" }));
    expect((await callback({ code: stolen.code, state: own.state })).status).toBe(401);
    expect(twin.redeemed.at(-1)?.status).toBe(400);
  });

  test("is counted, with no word of the code", async () => {
    await place.broker.sweep();
    const counted = (await place.ledger()).filter(({ body }) => body["reason"] === "login_refused");
    expect(counted.reduce((sum, { body }) => sum + Number(body["count"]), 0)).toBeGreaterThan(8);
  });
});

test("an ID token of the login's client is none for the API, whose audience is the broker", async () => {
  const token = await place.login.idToken({ subject: "lena", audience: CLIENT, authTime: now() });
  expect((await http.ask("/approvals", { token })).status).toBe(401);
  expect((await http.ask("/approvals", { token: await lead(place) })).status).toBe(200);
});
