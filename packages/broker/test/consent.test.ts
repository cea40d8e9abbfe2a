import type { Adapter } from "@watchword/core";
import type { ConsentFailure, PersonsAnswer } from "@watchword/emulators/consent";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { brokerHttp } from "../src/http/index.ts";
import type { ConsentResponse } from "../src/index.ts";
import { CLIENT_SECRET, type ConsentingSystem, consentingSystem } from "./consenting-system.ts";
import { MINTING_POLICY } from "./minting-system.ts";
import { refusalOf } from "./refusal-of.ts";
import { close } from "./rotating-system.ts";
import { CANARY, ISSUER, type TestWorld, world } from "./world.ts";

let system: ConsentingSystem;
let place: TestWorld;
beforeAll(async () => {
  system = await consentingSystem();
  place = await world({ policy: MINTING_POLICY, systems: () => ({ tickets: system.adapter }) });
});
afterAll(async () => {
  await place[Symbol.asyncDispose]();
  await system[Symbol.asyncDispose]();
});
beforeEach(() => system.twin.fail(null));

const begin = (tenant = "acme", account?: string): Promise<string> =>
  place.broker.tenants.beginConsent(tenant, "tickets", {
    by: "olga",
    ...(account === undefined ? {} : { account }),
  });

function responseOf({ searchParams }: URL): ConsentResponse {
  const one = (name: string): string | undefined => searchParams.get(name) ?? undefined;
  return { code: one("code"), state: one("state"), iss: one("iss"), error: one("error") };
}

const answer = (url: string, person: PersonsAnswer = { account: "acct_acme" }): ConsentResponse =>
  responseOf(system.twin.consent(url, person));

const connectionOf = async (tenant: string) => (await place.broker.tenants.connections(tenant))[0];

describe("a consent", () => {
  test("becomes the tenant's connection by the way of every secret, recorded with who asked for it", async () => {
    await using own = await consentingSystem();
    await using here = await world({ policy: MINTING_POLICY, systems: () => ({ tickets: own.adapter }) });
    const { tenants } = here.broker;
    const url = await tenants.beginConsent("acme", "tickets", { by: "olga" });
    const asked = new URL(url).searchParams;
    expect([asked.get("prompt"), asked.get("redirect_uri"), asked.getAll("state")]).toEqual([
      "consent",
      `${ISSUER}/connections/consent`,
      [expect.stringMatching(/^[\w-]{200,}$/)],
    ]);
    const response = responseOf(own.twin.consent(url, { account: "acct_acme" }));
    const connected = await tenants.finishConsent(response);
    expect(connected).toMatchObject({
      tenant: "acme",
      account: "acct_acme",
      change: "rotated",
      revision: 2,
      findings: [{ severity: "ok", text: "it works on acct_acme" }],
    });
    const allowed = await here.act(await here.start(), close("t_1"));
    expect(allowed.ok).toBe(true);
    const [refreshToken = ""] = own.mintedWith;
    expect(refreshToken).toMatch(/^twin_refresh_/);
    const ledger = await here.ledger();
    const record = ledger.findLast(({ kind }) => kind === "tenant");
    expect(record?.body).toMatchObject({ outcome: "rotated", fingerprint: connected.fingerprint });
    expect(await here.store.personal(record?.replica ?? "", record?.sequence ?? 0)).toMatchObject({
      value: { by: "olga" },
    });
    const said = JSON.stringify([url, connected, ledger, await tenants.connections("acme")]);
    for (const secret of [CLIENT_SECRET, refreshToken, response.code, CANARY, "twin_access_"])
      expect(said).not.toContain(secret);
  });

  test("connects a tenant for the first time with the account that was named, and its settings", async () => {
    const { tenants } = place.broker;
    await tenants.put({ id: "initech" });
    const unnamed = await refusalOf(begin("initech"));
    expect(unnamed.reason).toBe("configuration_invalid");
    const url = await tenants.beginConsent("initech", "tickets", {
      account: "acct_new",
      settings: { region: "eu" },
      by: "olga",
    });
    await tenants.finishConsent(answer(url, { account: "acct_new" }));
    expect(await connectionOf("initech")).toMatchObject({
      account: "acct_new",
      settings: { region: "eu" },
      revision: 1,
    });
  });

  const replies: {
    name: string;
    person?: PersonsAnswer;
    change?: (response: ConsentResponse) => ConsentResponse;
    fail?: ConsentFailure;
  }[] = [
    { name: "was denied", person: { account: "acct_acme", consents: false } },
    { name: "is for another account", person: { account: "acct_globex" } },
    {
      name: "gives less than was asked for",
      person: { account: "acct_acme", scopes: ["tickets"] },
    },
    {
      name: "gives more than was asked for",
      person: { account: "acct_acme", scopes: ["tickets", "offline", "admin"] },
    },
    { name: "comes without a state", change: ({ state: _state, ...rest }) => rest },
    {
      name: "comes with a state of nobody's",
      change: (response) => ({ ...response, state: "A".repeat(400) }),
    },
    {
      name: "comes with a state that somebody changed",
      change: ({ state = "", ...rest }) => ({ ...rest, state: `${state.slice(0, -9)}AAAAAAAAA` }),
    },
    {
      name: "comes from another issuer",
      change: (response) => ({ ...response, iss: "https://evil.example" }),
    },
    { name: "comes from an issuer that is not named", change: ({ iss: _iss, ...rest }) => rest },
    { name: "comes without a code", change: ({ code: _code, ...rest }) => rest },
    {
      name: "comes with a code and an error",
      change: (response) => ({ ...response, error: "server_error" }),
    },
    { name: "comes with a code of nobody's", change: (response) => ({ ...response, code: "guessed" }) },
    { name: "gives no refresh token", fail: "no-refresh-token" },
    { name: "gives a token of an unknown type", fail: "odd-type" },
    { name: "ends at a token endpoint that is down", fail: "down" },
    { name: "ends at a token endpoint that answers with something else", fail: "garbage" },
    { name: "ends at a token endpoint that sends the code on", fail: "redirect" },
  ];
  test.for(replies)("that $name changes nothing", async ({ person, change, fail = null }) => {
    const before = await connectionOf("acme");
    const url = await begin();
    const response = answer(url, person);
    system.twin.fail(fail);
    const refusal = await refusalOf(place.broker.tenants.finishConsent(change?.(response) ?? response));
    expect(refusal.reason).toBe("consent_refused");
    expect(refusal.message).not.toContain(response.code ?? "none");
    expect(await connectionOf("acme")).toEqual(before);
    expect(system.twin.requests.every(({ path }) => path === "/token" || path === "/account")).toBe(true);
  });

  test("whose answer names no scopes gave what was asked for", async () => {
    const url = await begin();
    system.twin.fail("no-scope");
    expect(await place.broker.tenants.finishConsent(answer(url))).toMatchObject({ change: "rotated" });
  });

  test("is finished once: neither its state nor its code is good again, for nobody", async () => {
    const url = await begin();
    const response = answer(url);
    await place.broker.tenants.finishConsent(response);
    const after = await connectionOf("acme");
    const again = await refusalOf(place.broker.tenants.finishConsent(response));
    const fresh = answer(await begin(), { account: "acct_acme" });
    const other = await refusalOf(
      place.broker.tenants.finishConsent({
        ...fresh,
        ...(response.code === undefined ? {} : { code: response.code }),
      }),
    );
    expect([again.reason, other.reason]).toEqual(["consent_refused", "consent_refused"]);
    expect(await connectionOf("acme")).toEqual(after);
  });

  test("that was denied is over, too", async () => {
    const url = await begin();
    await refusalOf(
      place.broker.tenants.finishConsent(answer(url, { account: "acct_acme", consents: false })),
    );
    expect((await refusalOf(place.broker.tenants.finishConsent(answer(url)))).reason).toBe("consent_refused");
  });

  test("with a code that was made for another one fails at its verifier", async () => {
    const [mine, theirs] = [answer(await begin()), answer(await begin())];
    const injected = { ...mine, ...(theirs.code === undefined ? {} : { code: theirs.code }) };
    const before = await connectionOf("acme");
    expect((await refusalOf(place.broker.tenants.finishConsent(injected))).reason).toBe("consent_refused");
    expect(await connectionOf("acme")).toEqual(before);
  });

  test("that took more than ten minutes is over", async () => {
    const response = answer(await begin());
    place.clock.advance(601);
    expect((await refusalOf(place.broker.tenants.finishConsent(response))).reason).toBe("consent_refused");
  });

  test("does not replace a secret that was changed while it was asked for", async () => {
    const url = await begin("globex");
    await place.broker.tenants.connect("globex", "tickets", {
      account: "acct_globex",
      secret: CANARY,
      settings: { region: "us" },
    });
    const refusal = await refusalOf(
      place.broker.tenants.finishConsent(answer(url, { account: "acct_globex" })),
    );
    expect(refusal.reason).toBe("state_changed");
    expect(await connectionOf("globex")).toMatchObject({ revision: 2, settings: { region: "us" } });
  });

  test("for an account that another tenant has connects nobody", async () => {
    await place.broker.tenants.put({ id: "hooli" });
    const url = await begin("hooli", "acct_globex");
    const refusal = await refusalOf(
      place.broker.tenants.finishConsent(answer(url, { account: "acct_globex" })),
    );
    expect(refusal.reason).toBe("connection_refused");
    expect(refusal.message).not.toContain("globex'");
    expect(await connectionOf("hooli")).toBeUndefined();
  });

  test("begins for registered tenants and systems that need one only, and of a size that fits an address", async () => {
    const { tenants } = place.broker;
    expect((await refusalOf(begin("nobody", "a"))).reason).toBe("tenant_unknown");
    expect((await refusalOf(tenants.beginConsent("acme", "crm", { by: "olga" }))).reason).toBe(
      "unknown_target",
    );
    const settings = { text: "x".repeat(1_100) };
    expect((await refusalOf(tenants.beginConsent("acme", "tickets", { settings, by: "olga" }))).reason).toBe(
      "configuration_invalid",
    );
    await using plain = await world();
    const none = await refusalOf(plain.broker.tenants.beginConsent("acme", "payments", { by: "olga" }));
    expect(none.message).toMatch(/needs no consent/);
  });

  test("begun at another adapter than the system has by then is refused", async () => {
    await using own = await consentingSystem();
    const swapped: { adapter: Adapter } = { adapter: own.adapter };
    const facade = new Proxy(own.adapter, { get: (_adapter, name) => Reflect.get(swapped.adapter, name) });
    await using here = await world({ policy: MINTING_POLICY, systems: () => ({ tickets: facade }) });
    const url = await here.broker.tenants.beginConsent("acme", "tickets", { by: "olga" });
    const response = responseOf(own.twin.consent(url, { account: "acct_acme" }));
    swapped.adapter = { ...own.adapter, name: "another" };
    expect((await refusalOf(here.broker.tenants.finishConsent(response))).reason).toBe("consent_refused");
    expect(own.twin.requests).toEqual([]);
  });
});

describe("GET /connections/consent", () => {
  const visit = (search: string): Promise<Response> =>
    Promise.resolve(brokerHttp(place.broker).fetch(new Request(`${ISSUER}/connections/consent${search}`)));

  test("answers a person with a page that runs nothing and holds no secret", async () => {
    const redirect = system.twin.consent(await begin(), { account: "acct_acme" });
    const response = await visit(redirect.search);
    const text = await response.text();
    expect([response.status, response.headers.get("content-type")]).toEqual([
      200,
      "text/html; charset=utf-8",
    ]);
    expect(response.headers.get("content-security-policy")).toContain("default-src 'none'");
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(response.headers.has("set-cookie")).toBe(false);
    expect(text).toContain("acme is connected to tickets.");
    for (const secret of redirect.searchParams.values()) expect(text).not.toContain(secret);
    const again = await visit(redirect.search);
    expect([again.status, await again.text()]).toEqual([
      401,
      expect.stringContaining("The consent did not work; begin it anew."),
    ]);
  });

  test("takes no redirect in which a parameter comes twice, whichever of the two is right", async () => {
    const { search } = system.twin.consent(await begin(), { account: "acct_acme" });
    const before = await connectionOf("acme");
    for (const twice of ["&code=x", "&state=x", "&iss=https://evil.example", "&error=&error="])
      expect((await visit(`${search}${twice}`)).status, twice).toBe(401);
    expect(await connectionOf("acme")).toEqual(before);
    expect((await visit(search)).status).toBe(200);
  });

  test.for([
    ["", 401],
    ["?state=x&code=y", 401],
    ["?state=x&state=y&code=z", 401],
    [`?state=${"x".repeat(5_000)}`, 401],
    ["?error=%3Cscript%3Ealert(1)%3C/script%3E", 401],
  ] as const)("says one sentence to %s and repeats nothing of it", async ([search, status]) => {
    const response = await visit(search);
    const text = await response.text();
    expect(response.status).toBe(status);
    expect(text).toContain("The consent did not work");
    expect(text).not.toContain("script");
  });
});
