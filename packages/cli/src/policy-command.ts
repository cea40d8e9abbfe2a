import { readFile } from "node:fs/promises";
import { BindingsManifest, Refusal, issuePaths } from "@watchword/core";
import {
  type LintOptions,
  type PolicyFinding,
  PolicyInvalid,
  type PolicyProblem,
  describeFinding,
  describeProblem,
  lintPolicy,
  loadPolicy,
  policySchema,
} from "@watchword/policy";
import type { Command } from "commander";
import type { CommandIo } from "./command-io.ts";
import { registerPolicyLife } from "./policy-life.ts";
import { jsonText, terminalText } from "./terminal-text.ts";

interface LintFlags {
  readonly bindings?: string;
  readonly repository?: string;
  readonly json?: true;
}

/** `watchword policy lint` and `schema`, and the life of a policy in a broker. */
export function registerPolicy(program: Command, io: CommandIo): void {
  const policy = program
    .command("policy")
    .description("Check policies before they decide anything, and give them to a broker");
  const lintCommand = policy
    .command("lint")
    .description("Look for what is wrong with a policy; 3 when something is")
    .argument("<path>", "a policy file, or a directory of them")
    .option("--bindings <file>", "what the application's tools can ask for (watchword bindings)")
    .option("--repository <owner/name>", "the repository in which the policy stands")
    .option("--json", "one JSON document on standard output")
    .action(async (path: string, flags: LintFlags) => {
      const { repository } = flags;
      if (repository !== undefined && !/^[A-Za-z0-9-]+\/[A-Za-z0-9._-]+$/.test(repository))
        lintCommand.error("error: --repository must be owner/name");
      await lint(io, path, flags);
    });
  policy
    .command("schema")
    .description("Print the JSON Schema of a policy file, for editors")
    .action(() => io.out(jsonText(policySchema())));
  registerPolicyLife(policy, io);
}

async function lint(io: CommandIo, path: string, flags: LintFlags): Promise<void> {
  const options: LintOptions = {
    ...(flags.bindings === undefined ? {} : { manifest: await readManifest(flags.bindings) }),
    ...(flags.repository === undefined ? {} : { repository: flags.repository }),
  };
  const { version, findings } = await found(path, options);
  const errors = findings.filter(({ severity }) => severity === "error").length;
  const warnings = findings.length - errors;
  if (flags.json === true) io.out(jsonText({ policy: path, version, errors, warnings, findings }));
  else
    for (const finding of findings)
      io.out(
        `${terminalText(finding.rule === "invalid" ? describeProblem(finding) : describeFinding(finding))}\n`,
      );
  io.err(`${terminalText(path)}: ${counted(errors, "error")}, ${counted(warnings, "warning")}\n`);
  io.exit(errors === 0 ? 0 : 3);
}

/** A problem of a policy that does not load, beside what a lint finds in one that does. */
type Found = PolicyFinding | (PolicyProblem & { readonly severity: "error"; readonly rule: "invalid" });

/** What was found; a policy that does not load has nothing but errors, and no version. */
async function found(
  path: string,
  options: LintOptions,
): Promise<{ readonly version: string | null; readonly findings: readonly Found[] }> {
  try {
    const policy = await loadPolicy(path);
    return { version: policy.version, findings: lintPolicy(policy, options) };
  } catch (error) {
    if (!(error instanceof PolicyInvalid)) throw error;
    return {
      version: null,
      findings: error.problems.map((problem) => ({ severity: "error", rule: "invalid", ...problem })),
    };
  }
}

async function readManifest(file: string): Promise<BindingsManifest> {
  const wrong = (what: string): Refusal =>
    new Refusal("configuration_invalid", { detail: `${terminalText(file)} ${what}` });
  const text = await readFile(file, "utf8").catch(() => {
    throw wrong("cannot be read; watchword bindings <module> --out writes it");
  });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw wrong("is not JSON");
  }
  const manifest = BindingsManifest.safeParse(value);
  if (!manifest.success) throw wrong(`is no manifest of bindings: ${issuePaths(manifest.error)}`);
  return manifest.data;
}

function counted(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? "" : "s"}`;
}
