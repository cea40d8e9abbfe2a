import type { ValueMap } from "@watchword/core";
import { sqlite } from "@watchword/broker/sqlite";
import { loadPolicy } from "@watchword/policy";
import { describe, expect, test } from "vitest";
import { runCommand } from "./run-command.ts";
import { POLICY, type Workspace, workspace } from "./workspace.ts";

const ID = "dec_019300000000700000000000000000aa";

/** A denial as the broker records it. */
const denial = (version: string, personal: ValueMap = {}) => ({
  kind: "decision" as const,
  at: Date.UTC(2026, 0, 2, 3, 4, 5, 678),
  tenant: "acme",
  decisionId: ID,
  body: {
    agent: "support@3",
    run: "run_1",
    root: "run_1",
    thread: "ticket-1",
    workload: "app",
    principal_kind: "user",
    isolation: "process",
    decided_by: "broker",
    system: "payments",
    operation: "refunds.create",
    tool: "refund",
    action_digest: "d",
    reason: "tenant_mismatch",
    failed_fact: "tenant",
    grant: "refund",
    outcome: "deny",
    policy_version: version,
    facts_digest: "f",
  },
  personal: {
    principal: { issuer: "https://login.example", subject: "dana" },
    arguments: { charge: "ch_g1", amount: { minor: 4_200, currency: "USD" } },
    explanation: {
      check: "grants of support for payments/refunds.create",
      passed: false,
      held: "1",
      children: [
        {
          check: "grant refund",
          passed: false,
          children: [
            { check: "resource.account", passed: true, required: "acct_acme", held: "acct_acme" },
            { check: "args.charge ownedBy", passed: false, required: "tenant", held: "other" },
          ],
        },
      ],
    },
    ...personal,
  },
});

/** A directory with a policy and a store, which stays open, in which the policy's one denial is recorded. */
async function recorded(personal?: ValueMap): Promise<Workspace> {
  const place = await workspace();
  const policy = await loadPolicy(await place.write("policy.yaml", POLICY));
  const store = await sqlite(place.path("watchword.db"));
  await store.recordRefusal(denial(policy.version, personal), undefined);
  return {
    ...place,
    [Symbol.asyncDispose]: async () => {
      await store[Symbol.asyncDispose]();
      await place[Symbol.asyncDispose]();
    },
  };
}

describe("watchword explain, while the store is open elsewhere,", () => {
  test("shows who wanted what, each check, what is needed, and the record", async () => {
    await using place = await recorded();
    const policy = place.path("policy.yaml");
    const { code, out, err } = await runCommand(
      "explain",
      "last",
      "--store",
      place.path("watchword.db"),
      "--policy",
      policy,
    );
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out.split("\n").slice(0, 10)).toEqual([
      `DENY  ${ID}  2026-01-02T03:04:05.678Z  tenant_mismatch`,
      "  The object does not belong to the tenant of this run.",
      "  who     support@3 · run run_1 · tenant acme · user dana (https://login.example) · workload app",
      "  what    refund → payments/refunds.create · amount 42.00 USD · charge ch_g1",
      `  grant   refund (${policy}:6)`,
      "    ✗ grant refund",
      "        ✓ resource.account         acct_acme",
      "        ✗ args.charge ownedBy      required tenant, held other",
      "  to allow this you would need: a run of the tenant that owns the object. No policy change is suggested for a mismatch of tenants.",
      expect.stringMatching(/^ {2}policy {2}[A-Za-z0-9_-]{43} · isolation process$/),
    ]);
    expect(out).toMatch(
      / {2}ledger {2}rep_[0-9a-f]{32} record 1 · hash [A-Za-z0-9_-]{43} · previous A{43}\n$/,
    );
  });

  test("gives the same as one JSON document", async () => {
    await using place = await recorded();
    const { code, out } = await runCommand("explain", ID, "--store", place.path("watchword.db"), "--json");
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      decision_id: ID,
      outcome: "deny",
      reason: "tenant_mismatch",
      principal: { subject: "dana" },
      checks: { children: [{ check: "grant refund" }] },
      grant_place: null,
      ledger: { sequence: 1, intact: true },
    });
  });

  test("finds store and policy by the broker's configuration", async () => {
    await using place = await recorded();
    const listen = "{ listen: { port: 0 } }";
    const config = await place.write(
      "watchword.config.yaml",
      `watchword: 1
issuer: https://broker.example
policy: policy.yaml
store: { sqlite: watchword.db }
keys: keys
broker: ${listen}
gateway: ${listen}
systems: { payments: { adapter: stripe } }
verifiers: [{ localKey: { directory: workload } }]
`,
    );
    const { code, out, err } = await runCommand("explain", "last", "--config", config);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toContain(`  grant   refund (${place.path("policy.yaml")}:6)\n`);
  });

  test("names no line of a policy that is not the one that decided", async () => {
    await using place = await recorded();
    const policy = await place.write("policy.yaml", POLICY.replace("60s", "61s"));
    const { code, out, err } = await runCommand(
      "explain",
      "last",
      "--store",
      place.path("watchword.db"),
      "--policy",
      policy,
    );
    expect(code).toBe(0);
    expect(err).toContain("is not the one that decided");
    expect(out).toContain("  grant   refund\n");
  });

  test("shows recorded text as text: an agent cannot write on the operator's terminal", async () => {
    await using place = await recorded({
      arguments: { charge: "ch_1\u001b[2K\r\u202eALLOW\n  forged line" },
    });
    const { out } = await runCommand("explain", "last", "--store", place.path("watchword.db"));
    expect(out).toContain("charge ch_1\\u{1b}[2K\\u{d}\\u{202e}ALLOW\\u{a}  forged line\n");
    expect(out.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  });

  test("ends with 1 for a decision that is not there", async () => {
    await using place = await recorded();
    const { code, out, err } = await runCommand(
      "explain",
      "dec_\u001b",
      "--store",
      place.path("watchword.db"),
    );
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(err).toBe("watchword: no decision dec_\\u{1b} is recorded here\n");
  });

  test("ends with 4 where there is no store, and makes none; with 2 where none is named", async () => {
    await using place = await workspace();
    const path = place.path("watchword.db");
    expect(await runCommand("explain", "last", "--store", path)).toMatchObject({ code: 4, out: "" });
    expect(await runCommand("explain", "last", "--store", path)).toMatchObject({ code: 4, out: "" });
    expect(await runCommand("explain", "last")).toMatchObject({ code: 2, out: "" });
    expect(await runCommand("explain")).toMatchObject({ code: 2, out: "" });
  });

  test("ends with 3 for a policy that does not load", async () => {
    await using place = await recorded();
    const policy = await place.write("policy.yaml", "watchword: 2\n");
    expect(
      await runCommand("explain", "last", "--store", place.path("watchword.db"), "--policy", policy),
    ).toMatchObject({ code: 3, out: "" });
  });
});
