import { readFile } from "node:fs/promises";
import { jira } from "@watchword/adapter-jira";
import { checkCustody, checkOperations, parsePolicy } from "@watchword/policy";
import { expect, test } from "vitest";

const adapter = jira();

async function problems(change: (grant: string) => string): Promise<readonly string[]> {
  const readme = await readFile(new URL("../README.md", import.meta.url), "utf8");
  const [, grants = ""] = /```yaml\n(grants:\n[^`]*)```/.exec(readme) ?? [];
  const text = `watchword: 1
systems: { tracker: { adapter: jira } }
agents: { support: {} }
workloads: { desk: { identity: { localKey: desk }, agents: [support], tenant: { fixed: acme } } }
${change(grants)}`;
  const policy = parsePolicy([{ name: "policy.yaml", text }]);
  return [
    ...checkOperations(policy, { tracker: adapter.catalogue }),
    ...checkCustody(policy, { tracker: adapter }),
  ].map(({ message }) => message);
}

test("the README's grant loads", async () => {
  expect(await problems((grant) => grant)).toEqual([]);
});

test("a token that would be released is a load error, also where its residual is accepted", async () => {
  for (const accepted of ["", "\n    acceptResidual: [site, project, operation]"])
    expect(
      await problems((grant) => grant.replace("    lease:", `    custody: released${accepted}\n    lease:`)),
    ).toEqual(["credentials of jira never leave the gateway; leave custody out"]);
});
