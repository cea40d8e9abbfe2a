import { describe, expect, test } from "vitest";
import { type WorkloadIdentity, approversOf, definePolicy, workloadOf } from "../src/index.ts";
import { refundPolicy } from "./refund-request.ts";

const CLUSTER = "https://oidc.cluster.example";
const LOCAL = "urn:watchword:local-key";

const policy = definePolicy({
  ...refundPolicy.document,
  agents: { support: {}, coder: {} },
  workloads: {
    laptop: { identity: { localKey: "support-runtime" }, agents: ["support"], tenant: { claim: "org_id" } },
    build: {
      identity: { oidc: { issuer: CLUSTER, subject: "system:serviceaccount:agents:build" } },
      agents: ["coder"],
      tenant: { fixed: "acme" },
    },
    desk: {
      identity: { oidc: { issuer: CLUSTER, subject: "system:serviceaccount:agents:desk" } },
      agents: ["support", "coder"],
      tenant: { claim: "org_id" },
    },
  },
});

const build: WorkloadIdentity = {
  issuer: CLUSTER,
  subject: "system:serviceaccount:agents:build",
  developmentOnly: false,
};
const laptop: WorkloadIdentity = { issuer: LOCAL, subject: "support-runtime", developmentOnly: true };

describe("a verified identity", () => {
  test("is the one workload that declares it, with that workload's agents and tenant", () => {
    expect(workloadOf(policy, build)).toEqual({
      name: "build",
      agents: ["coder"],
      tenant: { fixed: "acme" },
    });
    expect(workloadOf(policy, { ...build, subject: "system:serviceaccount:agents:desk" })).toEqual({
      name: "desk",
      agents: ["support", "coder"],
      tenant: { claim: "org_id" },
    });
    expect(workloadOf(policy, laptop)).toEqual({
      name: "laptop",
      agents: ["support"],
      tenant: { claim: "org_id" },
    });
  });

  test.each<[string, WorkloadIdentity]>([
    ["of another issuer", { ...build, issuer: "https://oidc.other.example" }],
    ["of the issuer with a slash more", { ...build, issuer: `${CLUSTER}/` }],
    ["of the issuer in other letters", { ...build, issuer: CLUSTER.toUpperCase() }],
    ["with another subject", { ...build, subject: "system:serviceaccount:agents:admin" }],
    ["whose subject begins alike", { ...build, subject: `${build.subject}er` }],
    ["whose subject is in other letters", { ...build, subject: build.subject.toUpperCase() }],
    ["with no subject", { ...build, subject: "" }],
    ["that has a workload's name for its subject", { ...build, subject: "build" }],
    ["of a local key under another subject", { ...laptop, subject: "build" }],
  ])("%s is no workload", (_title, identity) => {
    expect(workloadOf(policy, identity)).toBe(undefined);
  });

  test.each<[string, WorkloadIdentity]>([
    ["a verifier that is not for development", { ...laptop, developmentOnly: false }],
    [
      "an identity provider that issues the same subject",
      { ...laptop, issuer: CLUSTER, developmentOnly: false },
    ],
    ["a development identity provider that issues the same subject", { ...laptop, issuer: CLUSTER }],
  ])("from %s never stands for a local key", (_title, identity) => {
    expect(workloadOf(policy, identity)).toBe(undefined);
  });

  test("of a local key never stands for a workload that another issuer vouches for", () => {
    expect(workloadOf(policy, { ...laptop, subject: build.subject })).toBe(undefined);
  });
});

describe("a workload that is declared by claims", () => {
  const JOB = { repository_id: "123", ref: "refs/heads/main", labels: ["gpu", "eu"] };
  const declared = definePolicy({
    ...policy.document,
    workloads: {
      ...policy.document.workloads,
      nightly: {
        identity: { oidc: { issuer: CLUSTER, claims: { repository_id: "123", ref: "refs/heads/main" } } },
        agents: ["coder"],
        tenant: { fixed: "acme" },
      },
      pinned: {
        identity: { oidc: { issuer: CLUSTER, subject: "pinned", claims: { repository_id: "7" } } },
        agents: ["coder"],
        tenant: { fixed: "acme" },
      },
    },
  });
  const of = (identity: Partial<WorkloadIdentity>): string | undefined =>
    workloadOf(declared, { ...build, subject: "whoever", ...identity })?.name;

  test("is an identity that has each of them, whatever its subject", () => {
    expect(of({ claims: JOB })).toBe("nightly");
    expect(of({ subject: "pinned", claims: { repository_id: "7" } })).toBe("pinned");
  });

  test.each<[string, Partial<WorkloadIdentity>]>([
    ["without claims", {}],
    ["with one of them only", { claims: { repository_id: "123" } }],
    ["with another value", { claims: { ...JOB, repository_id: "1234" } }],
    ["with a number for a text", { claims: { ...JOB, repository_id: 123 } }],
    ["of another issuer", { claims: JOB, issuer: "https://oidc.other.example" }],
    ["with the claims and another subject", { subject: "pinner", claims: { repository_id: "7" } }],
    ["with the subject and other claims", { subject: "pinned", claims: { repository_id: "8" } }],
  ])("is none %s", (_title, identity) => {
    expect(of(identity)).toBe(undefined);
  });

  test("is none when it is two: nobody said which agents it runs then", () => {
    expect(of({ subject: build.subject, claims: JOB })).toBe(undefined);
    expect(of({ subject: build.subject })).toBe("build");
  });

  test.each<[string, object]>([
    ["an issuer alone, which is everybody there", { issuer: CLUSTER }],
    ["claims that name none", { issuer: CLUSTER, claims: {} }],
    ["claims within a claim that name none", { issuer: CLUSTER, claims: { realm_access: {} } }],
    ["one of no values", { issuer: CLUSTER, claims: { ref: [] } }],
    ["a claim that must be null", { issuer: CLUSTER, claims: { ref: null } }],
    ["claims deeper than anybody nests them", { issuer: CLUSTER, claims: { a: { b: { c: { d: "e" } } } } }],
  ])("is a load error with %s", (_title, oidc) => {
    const workloads = { x: { identity: { oidc }, agents: ["coder"], tenant: { fixed: "acme" } } };
    expect(() => definePolicy({ ...policy.document, workloads } as never)).toThrow("policy_invalid");
  });
});

describe("approvers", () => {
  test("are found by the name that grants use", () => {
    expect(approversOf(policy, "leads")).toEqual({
      issuer: "https://login.example",
      claim: { groups: "leads" },
    });
  });

  test.each(["lead", "LEADS", "", "constructor", "__proto__", "toString"])("named %j are nobody", (name) => {
    expect(approversOf(policy, name)).toBe(undefined);
  });
});
