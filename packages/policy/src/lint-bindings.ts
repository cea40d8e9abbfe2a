import type { BindingsManifest } from "@watchword/core";
import type { Policy } from "./policy.ts";
import type { PolicyFinding } from "./policy-finding.ts";

/** Compares grants and tools both ways: authority that no tool can use, and tools that will always be denied. */
export function lintBindings(policy: Policy, manifest: BindingsManifest): PolicyFinding[] {
  const bound = new Set(manifest.tools.map(({ system, operation }) => `${system}/${operation}`));
  const granted = new Set(
    policy.document.grants.filter(({ mode }) => mode !== "shadow").map(({ operation }) => operation),
  );
  const unused = policy.document.grants
    .filter(({ operation }) => !bound.has(operation))
    .map(({ id, operation }): PolicyFinding => ({
      severity: "warning",
      rule: "grant-without-tool",
      ...policy.locate(id, ["operation"]),
      message: `no tool is bound to ${operation}: ${id} can never be used by these tools`,
    }));
  const denied = manifest.tools
    .filter(({ system, operation }) => !granted.has(`${system}/${operation}`))
    .map(({ name, system, operation }): PolicyFinding => ({
      severity: "error",
      rule: "tool-without-grant",
      ...startOf(policy),
      message: `no grant allows ${system}/${operation}: every call of the tool ${name} will be denied`,
    }));
  return [...unused, ...denied];
}

/** What is missing stands nowhere; the first grant's file is where it would be written. */
function startOf(policy: Policy): { file: string; line: number; column: number } {
  const [first] = policy.document.grants;
  return {
    file: first === undefined ? "policy" : policy.locate(first.id, []).file,
    line: 1,
    column: 1,
  };
}
