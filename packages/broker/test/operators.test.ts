import { GITHUB_ACTIONS_ISSUER, type IdentityVerifier, Refusal } from "@watchword/core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { operatorsHttp } from "../src/http/index.ts";
import { type DeclaredOperator, OPERATOR_ROLES, type OperatorRole } from "../src/index.ts";
import { operatorSettings } from "../src/operators/operator-options.ts";
import { OPERATOR_OPERATIONS } from "../src/operators/operator-operations.ts";
import { EXAMPLES, type Stage, stage } from "./operator-examples.ts";
import { type OperatorsPlace, operatorsPlace } from "./operators-place.ts";
import { CANARY, ISSUER } from "./world.ts";

let here: OperatorsPlace;
let set: Stage;
beforeAll(async () => {
  here = await operatorsPlace();
  set = await stage(here);
});
afterAll(() => here[Symbol.asyncDispose]());

const example = (name: string): readonly [string, { body?: unknown }?] => {
  const made = EXAMPLES[name]?.(set);
  if (made === undefined) throw new Error(`${name} has no example`);
  return made;
};
const operationOf = (name: string) => {
  const operation = OPERATOR_OPERATIONS.get(name);
  if (operation === undefined) throw new Error(`no ${name}`);
  return operation;
};
const others = (roles: readonly OperatorRole[]): OperatorRole[] =>
  OPERATOR_ROLES.filter((role) => !roles.includes(role));
const NAMES = [...OPERATOR_OPERATIONS.keys()];

test("each operation has an example here, and no other has one", () => {
  expect(Object.keys(EXAMPLES).toSorted()).toEqual(NAMES.toSorted());
});

describe("nobody does without the role", () => {
  test.for(NAMES)("%s", async (name) => {
    const [line, sent] = example(name);
    const epochs = await here.place.store.epochs(["policy", "tenant:acme"]);
    for (const role of others(operationOf(name).roles)) {
      const answer = await here.ask(await here.token(role), line, sent);
      expect([role, answer.status, answer.body["reason"]]).toEqual([role, 403, "operator_not_allowed"]);
    }
    const all = await here.ask(await here.token(others(operationOf(name).roles)), line, sent);
    expect([all.status, all.body["reason"]]).toEqual([403, "operator_not_allowed"]);
    for (const token of [
      undefined,
      "x.y.z",
      await here.token("nobody"),
      await here.place.userToken("olga", {}),
    ]) {
      const stranger = await here.ask(token, line, sent);
      expect([401, 403]).toContain(stranger.status);
      expect(stranger.body).not.toHaveProperty("detail");
    }
    expect(await here.place.store.epochs(["policy", "tenant:acme"])).toEqual(epochs);
  });

  test("each such refusal of somebody known has a record, those of strangers none of their own", async () => {
    const before = (await here.place.ledger()).length;
    await here.ask(await here.token("viewer"), ...example("freeze"));
    await here.ask(await here.token("nobody"), ...example("freeze"));
    await here.ask("x.y.z", ...example("freeze"));
    const after = await here.place.ledger();
    expect(after).toHaveLength(before + 1);
    const record = after.findLast(({ kind }) => kind === "operator");
    expect(record?.body).toEqual({ outcome: "refused", operation: "freeze", reason: "operator_not_allowed" });
    const { value } = (await here.place.store.personal(record?.replica ?? "", record?.sequence ?? 0)) ?? {};
    expect(value?.["by"]).toBe("viewer-staff: https://staff.test.example olga");
  });

  test("a user's own token, which runtimes hold, is none of an operator, nor one for the broker itself", async () => {
    const user = await here.place.userToken("olga", { groups: "admin" });
    const broker = await here.token("viewer", { audience: ISSUER });
    const run = await here.place.start();
    for (const [token, reason] of [
      [run.token, "token_untrusted"],
      [await here.place.workloadToken(), "token_untrusted"],
      [user, "token_untrusted"],
      [broker, "token_wrong_audience"],
    ] as const) {
      const answer = await here.ask(token, "GET /v1/decisions");
      expect([answer.status, answer.body["reason"]]).toEqual([401, reason]);
      expect(answer.headers.get("www-authenticate")).toBe('Bearer error="invalid_token"');
    }
  });
});

describe("whoever sees one tenant", () => {
  const ofAcme = [
    "readDecision",
    "openPersonal",
    "erasePersonal",
    "proveDecision",
    "revokeLease",
    "withdrawApproval",
    "killRun",
    "readTenant",
    "putTenant",
    "putConnection",
    "checkConnection",
    "beginConsent",
  ];
  test.for(ofAcme)("finds another one's by %s no more than what never was", async (name) => {
    const [line, sent] = example(name);
    const [role = "viewer"] = operationOf(name).roles;
    const token = await here.token(role, { tenant: "globex" });
    const theirs = await here.ask(token, line, sent);
    expect([theirs.status, theirs.body["reason"]]).toEqual([404, "not_found"]);
    const never = line
      .replace(/(dec|run|lease|apr)_[0-9a-f]{32}/, `$1_${"0".repeat(32)}`)
      .replace("acme", "nobody");
    const nothing = await here.ask(token, never, sent);
    const { receipt: _, ...said } = theirs.body;
    const { receipt: __, ...saidOfNothing } = nothing.body;
    expect(said).toEqual(saidOfNothing);
  });

  test.for(NAMES.filter((name) => OPERATOR_OPERATIONS.get(name)?.reach === "everywhere"))(
    "may not do what is about all of them: %s",
    async (name) => {
      const [line, sent] = example(name);
      const token = await here.token(operationOf(name).roles, { tenant: "acme" });
      expect((await here.ask(token, line, sent)).body["reason"]).toBe("operator_not_allowed");
    },
  );

  test("lists nothing of another's, also when they ask for it by name", async () => {
    const all = await here.token(["viewer", "investigator"], { tenant: "globex" });
    for (const path of ["decisions", "leases", "runs", "approvals"]) {
      for (const query of ["", "?tenant=acme"]) {
        const { body } = await here.ask(all, `GET /v1/${path}${query}`);
        expect([path, body[path]]).toEqual([path, []]);
      }
    }
    expect((await here.ask(all, "GET /v1/tenants")).body["tenants"]).toEqual(["globex"]);
    expect((await here.ask(all, `GET /v1/who?system=payments&id=${set.refund}`)).body["decisions"]).toEqual(
      [],
    );
  });

  test("freezes their own, and neither another one nor an agent or a system", async () => {
    const token = await here.token("operator", { tenant: "globex" });
    const subjects = {
      "tenant:acme": 404,
      "agent:support": 403,
      "system:payments": 403,
      "tenant:globex": 200,
    };
    for (const [subject, status] of Object.entries(subjects))
      expect((await here.ask(token, "POST /v1/frozen", { body: { subject } })).status).toBe(status);
    expect((await here.ask(token, "GET /v1/frozen")).body["frozen"]).toEqual(["tenant:globex"]);
    expect((await here.ask(token, "DELETE /v1/frozen/tenant:globex")).body).toEqual({ changed: true });
  });

  test("is nobody when the token names no tenant", async () => {
    const token = await here.token("own-viewer");
    expect((await here.ask(token, "GET /v1/decisions")).body["reason"]).toBe("operator_not_allowed");
  });
});

describe("what changes something asks for a fresh login", () => {
  test.for(NAMES.filter((name) => OPERATOR_OPERATIONS.get(name)?.login === "fresh"))("%s", async (name) => {
    const [line, sent] = example(name);
    const now = Math.floor(here.place.clock.now() / 1_000);
    for (const authTime of [undefined, now - 330, now + 330]) {
      const token = await here.token(operationOf(name).roles, { authTime });
      const answer = await here.ask(token, line, sent);
      expect([answer.status, answer.body["reason"]]).toEqual([401, "login_refused"]);
      expect(answer.headers.get("www-authenticate")).toContain("insufficient_user_authentication");
    }
  });

  test("everything but a GET does, or changes nothing", () => {
    const unsafe = [...OPERATOR_OPERATIONS].filter(
      ([, { method, login }]) => method !== "GET" && login === "any",
    );
    expect(unsafe.map(([name]) => name)).toEqual(["checkConnection"]);
  });
});

describe("a request that is not as described does nothing", () => {
  test.for([
    { name: "an unknown member", line: "POST /v1/frozen", body: { subject: "tenant:acme", force: true } },
    { name: "another type", line: "POST /v1/frozen", body: { subject: ["tenant:acme"] } },
    { name: "no body", line: "POST /v1/frozen" },
    {
      name: "a form",
      line: "POST /v1/frozen",
      text: "subject=tenant:acme",
      headers: { "content-type": "application/x-www-form-urlencoded" },
    },
    {
      name: "a member twice",
      line: "POST /v1/frozen",
      text: '{"subject":"tenant:acme","subject":"tenant:globex"}',
    },
    { name: "an unknown parameter", line: "GET /v1/runs?everything=1" },
    { name: "a parameter twice", line: "GET /v1/runs?tenant=acme&tenant=globex" },
    { name: "a limit beyond the pages", line: "GET /v1/runs?limit=1001" },
    { name: "an id of another form", line: "POST /v1/runs/run_1/kill" },
    { name: "a body where none belongs", line: `POST /v1/runs/run_${"0".repeat(32)}/kill`, body: {} },
  ])("$name", async ({ line, ...sent }) => {
    const answer = await here.ask(await here.token("operator"), line, sent);
    expect([answer.status, answer.body["reason"]]).toEqual([400, "request_malformed"]);
    expect(await here.place.store.frozenSubjects()).toEqual([]);
  });

  test("nor does a page of a browser, a DPoP header beside the token, or another method", async () => {
    const token = await here.token("operator");
    const page = await here.ask(token, ...(example("freeze").slice(0, 1) as [string]), {
      body: { subject: "tenant:acme" },
      headers: { origin: "https://evil.example" },
    });
    expect(page.status).toBe(403);
    // Also behind a listener that lets pages through.
    const { operators } = here.place.broker;
    if (operators === undefined) throw new Error("nobody was declared");
    const unguarded = await operatorsHttp({ operators }).fetch(
      new Request(`${here.url}/v1/runs`, {
        headers: { origin: "https://evil.example", authorization: `Bearer ${token}` },
      }),
    );
    expect(unguarded.status).toBe(403);
    expect((await here.ask(token, "GET /v1/runs", { headers: { dpop: "x" } })).status).toBe(401);
    const patched = await here.ask(token, "PATCH /v1/frozen");
    expect([patched.status, patched.headers.get("allow")]).toEqual([405, "GET, POST"]);
    expect((await here.ask(token, "GET /v1/secrets")).status).toBe(404);
    expect(await here.place.store.frozenSubjects()).toEqual([]);
  });
});

describe("whoever has one of the roles is answered as described", () => {
  const inOrder = Object.keys(EXAMPLES);
  test.for(inOrder)("%s", async (name) => {
    const { paths } = (await here.ask(undefined, "GET /v1/openapi.json")).body as {
      paths: Record<
        string,
        Record<
          string,
          {
            operationId: string;
            responses: Record<
              string,
              { content: { "application/json": { schema: Parameters<typeof z.fromJSONSchema>[0] } } }
            >;
          }
        >
      >;
    };
    const described = Object.values(paths)
      .flatMap((methods) => Object.values(methods))
      .find(({ operationId }) => operationId === name);
    const schema = described?.responses["200"]?.content["application/json"].schema;
    if (schema === undefined) throw new Error("not described");
    const [line, sent] = example(name);
    for (const role of operationOf(name).roles) {
      const answer = await here.ask(await here.token(role), line, sent);
      if (name === "beginConsent") {
        // The payment system of these tests has no consent.
        expect([answer.status, answer.body["reason"]]).toEqual([400, "configuration_invalid"]);
        continue;
      }
      expect([answer.status, answer.body["reason"] ?? null]).toEqual([200, null]);
      expect(z.fromJSONSchema(schema).safeParse(answer.body).error).toBeUndefined();
      expect(answer.headers.get("cache-control")).toBe("no-store");
      expect(answer.text).not.toContain(CANARY);
      // Ids of objects stand in the chain, so that they can be found; who and how much do not.
      for (const personal of ["dana", '"minor"'])
        expect(answer.text.includes(personal)).toBe(name === "openPersonal");
    }
  });
});

test("nobody is declared by nothing, for no role, at an issuer that nobody verifies, or as any repository", async () => {
  const verifier = (
    issuer: string,
    uses: IdentityVerifier["uses"],
    developmentOnly = false,
  ): IdentityVerifier => ({
    issuer,
    uses,
    developmentOnly,
    verify: () => Promise.reject(new Error("not asked")),
  });
  const staff = {
    issuer: "https://staff.test.example",
    claim: { groups: "oncall" },
    roles: ["viewer"],
  } as const;
  const own = verifier(staff.issuer, ["operator"]);
  const check = (declared: DeclaredOperator, verifiers = [own]): unknown => {
    try {
      return operatorSettings({ verifiers, declared: { oncall: declared } }, "production");
    } catch (error) {
      return Refusal.from(error, "internal").reason;
    }
  };
  expect(check(staff)).toMatchObject({ declared: expect.any(Map) as unknown });
  expect(check({ ...staff, claim: {} })).toBe("configuration_invalid");
  expect(check({ ...staff, roles: [] })).toBe("configuration_invalid");
  expect(check({ ...staff, issuer: "https://other.example" })).toBe("configuration_invalid");
  expect(check(staff, [own, own])).toBe("configuration_invalid");
  expect(check(staff, [verifier(staff.issuer, ["operator", "user"])])).toBe("configuration_invalid");
  expect(check(staff, [verifier(staff.issuer, ["operator"], true)])).toBe("development_setting");
  const actions = verifier(GITHUB_ACTIONS_ISSUER, ["operator"]);
  const anyone = {
    issuer: GITHUB_ACTIONS_ISSUER,
    claim: { ref: "refs/heads/main" },
    roles: ["policy"],
  } as const;
  expect(check(anyone, [actions])).toBe("configuration_invalid");
});
