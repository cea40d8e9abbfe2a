import { type Adapter, type AdapterContext, SealedCredential } from "@watchword/core";
import { type ConsentTwin, consentTwin } from "@watchword/emulators/consent";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { SecretTurns } from "../src/tenants/secret-turns.ts";
import { MINTING_POLICY, mintingSystem } from "./minting-system.ts";
import { refusalOf } from "./refusal-of.ts";
import { close } from "./rotating-system.ts";
import { CANARY, ISSUER, type TestWorld, world } from "./world.ts";

const CLIENT_SECRET = "rotation_client_canary_2b6d";

let twin: ConsentTwin;
let place: TestWorld;
/** Every refresh token that was ever handed to the adapter. */
let used: string[];
beforeEach(async () => {
  used = [];
  // A refresh token that is used twice takes everything back: there is no leeway to hide in.
  twin = await consentTwin({
    clients: {
      broker: {
        secret: CLIENT_SECRET,
        redirectUris: [`${ISSUER}/connections/consent`],
        scopes: ["tickets", "offline"],
      },
    },
    accounts: ["acct_acme"],
    rotates: { leewaySeconds: 0 },
  });
  place = await world({ policy: MINTING_POLICY, systems: () => ({ tickets: rotating() }) });
});
afterEach(async () => {
  await place[Symbol.asyncDispose]();
  await twin.close();
});

/** An adapter that uses the refresh token once for its look-up and once for its mint, as one does that has no state. */
function rotating(): Adapter {
  const { adapter } = mintingSystem();
  const accessToken = (context: AdapterContext, shared?: string): Promise<string> => {
    if (context.connection.secret.open((token) => token === CANARY)) return Promise.resolve("");
    if (context.rotateSecret === undefined) throw new TypeError("no way to keep what comes next");
    return context.rotateSecret(
      async (current) => {
        used.push(current.open((token) => token));
        const form = current.open((token) => ({
          grant_type: "refresh_token",
          refresh_token: token,
          client_id: "broker",
          client_secret: CLIENT_SECRET,
        }));
        const response = await context.fetch(twin.tokenEndpoint, {
          method: "POST",
          body: new URLSearchParams(form),
          signal: context.signal,
        });
        if (!response.ok) throw new Error("the refresh token is not taken");
        const answer = (await response.json()) as { access_token: string; refresh_token: string };
        return { next: new SealedCredential(answer.refresh_token), result: answer.access_token };
      },
      shared === undefined ? {} : { shared },
    );
  };
  return {
    ...adapter,
    capabilities: { ...adapter.capabilities, rootSecret: "rotating" },
    consent: {
      authorizationEndpoint: twin.authorizationEndpoint,
      tokenEndpoint: twin.tokenEndpoint,
      issuer: twin.url,
      clientId: "broker",
      clientSecret: new SealedCredential(CLIENT_SECRET),
      clientAuthentication: "post",
      scopes: ["tickets", "offline"],
      accountOf: async () => "acct_acme",
    },
    resolve: async (action, context) => {
      await accessToken(context, "look-up");
      return adapter.resolve(action, context);
    },
    mint: async (authority, context) => {
      await accessToken(context);
      return adapter.mint(authority, context);
    },
    selfCheck: async (context) => {
      await accessToken(context);
      return [{ severity: "ok", text: "it works" }];
    },
  };
}

async function consent(): Promise<void> {
  const { tenants } = place.broker;
  const url = await tenants.beginConsent("acme", "tickets", { by: "olga" });
  const { searchParams } = twin.consent(url, { account: "acct_acme" });
  const one = (name: string): string | undefined => searchParams.get(name) ?? undefined;
  await tenants.finishConsent({ code: one("code"), state: one("state"), iss: one("iss") });
}

describe("a root secret that changes with every use", () => {
  test("is kept as the check of a new connection left it, and as every look-up and mint did since", async () => {
    await consent();
    const run = await place.start();
    for (const ticket of ["t_1", "t_2", "t_3"]) expect((await place.act(run, close(ticket))).ok).toBe(true);
    // One use by the check, two by each act; none of them twice.
    expect(used).toHaveLength(7);
    expect(new Set(used).size).toBe(7);
    expect(await place.broker.tenants.check("acme", "tickets")).toEqual([
      { severity: "ok", text: "it works" },
    ]);
  });

  test("is used one at a time, however many act at the same moment", async () => {
    await consent();
    const run = await place.start();
    const acts = await Promise.all(
      Array.from({ length: 8 }, (_, index) => place.act(run, close(`t_${index}`))),
    );
    expect(acts.map(({ ok }) => ok)).toEqual(Array.from({ length: 8 }, () => true));
    expect(new Set(used).size).toBe(used.length);
  });

  test("is a record each time it changed, makes nothing stale, and is seen nowhere", async () => {
    await consent();
    const before = await place.store.epochs(["tenant:acme"]);
    const [connected] = await place.broker.tenants.connections("acme");
    await place.act(await place.start(), close("t_1"));
    expect(await place.store.epochs(["tenant:acme"])).toEqual(before);
    const [now] = await place.broker.tenants.connections("acme");
    expect(now).toMatchObject({ revision: connected?.revision, account: "acct_acme" });
    expect(now?.fingerprint).not.toBe(connected?.fingerprint);
    const ledger = await place.ledger();
    const renewals = ledger.filter(({ body }) => body["outcome"] === "renewed");
    expect(renewals).toHaveLength(2);
    expect(renewals.at(-1)?.body).toMatchObject({ system: "tickets", fingerprint: now?.fingerprint });
    const said = JSON.stringify([ledger, await place.broker.tenants.connections("acme")]);
    for (const secret of [...used, CLIENT_SECRET]) expect(said).not.toContain(secret);
  });

  test("whose next one cannot be stored gives nothing to work with", async () => {
    await consent();
    const run = await place.start();
    const renewSecret = place.store.renewSecret.bind(place.store);
    place.store.renewSecret = () => Promise.reject(new Error("disk full"));
    const refusal = await place.act(run, close("t_1"));
    expect(refusal.ok).toBe(false);
    const kinds = (await place.ledger()).map(({ body }) => body["outcome"]);
    expect(kinds).not.toContain("minted");
    place.store.renewSecret = renewSecret;
  });

  test("that somebody else replaced meanwhile stays replaced", async () => {
    await consent();
    const run = await place.start();
    const renewSecret = place.store.renewSecret.bind(place.store);
    const outcomes: boolean[] = [];
    place.store.renewSecret = async (renewed, entry) => {
      outcomes.push(await renewSecret({ ...renewed, replaces: "one that is not there any more" }, entry));
      return false;
    };
    const [before] = await place.broker.tenants.connections("acme");
    await place.act(run, close("t_1"));
    expect(outcomes).toContain(false);
    expect((await place.broker.tenants.connections("acme"))[0]).toEqual(before);
  });

  test("is used by nobody who gave up before their turn", async () => {
    await consent();
    const gone = AbortSignal.abort();
    const turns = new SecretTurns();
    const ran: string[] = [];
    const turn = (name: string, signal: AbortSignal) =>
      turns.take({ tenant: "acme", system: "tickets", account: "a" }, signal, async () => ran.push(name));
    const [late, next] = [turn("late", gone), turn("next", new AbortController().signal)];
    expect((await refusalOf(late)).reason).toBe("downstream_unavailable");
    await next;
    expect(ran).toEqual(["next"]);
  });

  test("is used once for what is shared and wanted at the same moment, of one account alone, and anew afterwards", async () => {
    const turns = new SecretTurns();
    const { signal } = new AbortController();
    let runs = 0;
    const take = (account: string, shared?: string) =>
      turns.take({ tenant: "acme", system: "tickets", account }, signal, async () => ++runs, shared);
    const wanted = [
      take("a", "look-up"),
      take("a", "look-up"),
      take("b", "look-up"),
      take("a"),
      take("a", "other"),
    ];
    expect(await Promise.all(wanted)).toEqual([1, 1, 2, 3, 4]);
    expect(await take("a", "look-up")).toBe(5);
  });
});
