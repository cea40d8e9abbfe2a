import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Signer, TOKEN_TYPES, generateSigner, signProof, tokenUrl } from "@watchword/core";
import { localKeySource, localKeyVerifier } from "@watchword/identity/local-key";
import { oidc } from "@watchword/identity/oidc";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { handleOf } from "./token-desk.ts";
import { OPERATORS, PLACES, type Stage, accessClaims, keysOf, signAs } from "./token-places.ts";
import { ISSUER, LOGIN, POLICY, type TestWorld, effects, world } from "./world.ts";

/** Kinds of tokens that are about, by their `typ`: ours, those of standards around us, and of a JWT-SVID or an ID token. */
const KINDS: readonly (string | undefined)[] = [
  ...Object.values(TOKEN_TYPES),
  "application/at+jwt",
  "txntoken+jwt",
  "oauth-id-jag+jwt",
  "secevent+jwt",
  "wit+jwt",
  "wpt+jwt",
  "client-authentication+jwt",
  "token-introspection+jwt",
  "JWT",
  "JOSE",
  undefined,
];

let directory: string;
let place: TestWorld;
let login: Signer;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "watchword-kinds-"));
  login = await generateSigner();
  const local = { directory: join(directory, "workload"), audience: ISSUER };
  await localKeySource({ ...local, subject: "support-runtime" });
  const keys = [{ ...login.publicJwk, kid: login.keyId, alg: "ES256", use: "sig" }];
  place = await world({
    directory,
    // Many runs, each with its own lease for the same charge.
    policy: POLICY.replace(/ {4}(?:once|budget):.*\n/g, ""),
    broker: {
      introspectors: ["support-runtime"],
      verifiers: [
        await localKeyVerifier(local),
        await oidc({
          issuer: LOGIN,
          audience: ISSUER,
          jwks: { keys },
          algorithms: ["ES256"],
          uses: ["user"],
        }),
      ],
      operators: {
        verifiers: [
          await oidc({
            issuer: LOGIN,
            audience: OPERATORS,
            jwks: { keys },
            algorithms: ["ES256"],
            uses: ["operator"],
          }),
        ],
        declared: { oncall: { issuer: LOGIN, claim: { org_id: "acme" }, roles: ["viewer"] } },
      },
    },
  });
});
afterAll(async () => {
  await place[Symbol.asyncDispose]();
  await rm(directory, { recursive: true, force: true });
});

/** A living run with a handle of its own. */
async function stage(): Promise<Stage> {
  const user = (claims: object): Promise<string> => signAs("JWT", login, claims);
  const now = Math.floor(place.clock.now() / 1_000);
  const subject = await user({
    iss: LOGIN,
    sub: "dana",
    aud: ISSUER,
    iat: now,
    exp: now + 300,
    org_id: "acme",
  });
  const run = await place.start({ change: (request) => ({ ...request, subject_token: subject }) });
  const handle = await handleOf(place, run);
  return { place, run, handle, login, ...(await keysOf(place)) };
}

/** What only a taken token leaves behind. */
const KEPT: readonly string[] = [
  "run_started",
  "run_renewed",
  "run_ended",
  "intent",
  "outcome",
  "use",
  "revocation",
];
async function kept(): Promise<string[]> {
  return (await place.ledger())
    .filter(({ kind, body }) => KEPT.includes(kind) && body["outcome"] !== "refused")
    .map(({ kind }) => kind);
}

let shared: Stage;
beforeAll(async () => void (shared = await stage()));

describe("right claims and the right signature under another kind's typ are refused, and nothing is minted,", () => {
  const pairs = PLACES.flatMap((where) =>
    KINDS.filter((typ) => !where.own.includes(typ)).map((typ) => ({ where, typ, name: where.name })),
  );
  test.for(pairs)("as $name: $typ", async ({ where, typ }) => {
    const before = await kept();
    const answer = await where.show(shared, (...honest) => signAs(typ, ...honest));
    expect(answer).toBe(where.refusal);
    expect(await kept()).toEqual(before);
    expect(effects(place)).toBe(0);
  });
});

describe("a genuine token of one kind is refused in every place of another,", () => {
  const genuine: Readonly<Record<string, (stage: Stage) => Promise<string>>> = {
    "run token": async ({ run }) => run.token,
    handle: async ({ handle }) => handle,
    "workload token": async () => place.workloadToken(),
    "ID token": async () => place.userToken("dana", { org_id: "acme" }),
    "access token": async (at) => signAs("at+jwt", at.access, await accessClaims(at)),
    proof: async ({ run }) =>
      signProof(run.key, { method: "POST", url: tokenUrl(ISSUER) }, Math.floor(place.clock.now() / 1_000)),
  };
  const pairs = PLACES.flatMap((where) =>
    Object.keys(genuine)
      .filter(
        (kind) => !where.genuine.includes(kind) && !(kind === "proof" && where.own.includes("dpop+jwt")),
      )
      .map((kind) => ({ where, kind, name: where.name })),
  );
  test.for(pairs)("as $name: $kind", async ({ where, kind }) => {
    const before = await kept();
    const token = (await genuine[kind]?.(shared)) ?? "";
    const answer = await where.show(shared, async () => token);
    expect(answer).toMatch(
      /^(?:token_(?:malformed|wrong_type|untrusted|kind_unsupported)|proof_invalid|caller_unknown|inactive|lease_unknown)$/,
    );
    expect(await kept()).toEqual(before);
    expect(effects(place)).toBe(0);
  });
});

describe("the same under its own typ is taken: what is refused above is refused for its kind", () => {
  test.for(PLACES.flatMap((where) => where.own.map((typ) => ({ where, typ, name: where.name }))))(
    "as $name: $typ",
    async ({ where, typ }) => {
      expect(await where.show(await stage(), (...honest) => signAs(typ, ...honest))).toBe("taken");
    },
  );
});
