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
