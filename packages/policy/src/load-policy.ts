import { readFile, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { z } from "zod";
import { checkNames } from "./check-names.ts";
import { type Policy, compilePolicy, delegationKey } from "./policy.ts";
import { type PolicyDocument, PolicyFile } from "./policy-document.ts";
import { PolicyInvalid, type PolicyProblem } from "./policy-problem.ts";
import { readValue } from "./read-value.ts";
import { type YamlFile, readYaml } from "./read-yaml.ts";

const SECTIONS = ["systems", "agents", "workloads", "approvers", "starters", "evidence"] as const;

/**
 * Loads a policy from a file, or from every `*.yaml` of a directory in the order of their names. Several files are one
 * policy; a name that two of them declare is an error.
 *
 * @throws PolicyInvalid (`policy_invalid`) with every problem at its file, line and column
 */
export async function loadPolicy(path: string): Promise<Policy> {
  const missing = (message: string): PolicyInvalid =>
    new PolicyInvalid([{ file: path, line: 1, column: 1, message }]);
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) throw missing("no such file or directory");
  const names = found.isDirectory()
    ? (await readdir(path))
        .filter((name) => /\.ya?ml$/.test(name))
        .toSorted()
        .map((name) => join(path, name))
    : [path];
  if (names.length === 0) throw missing("no policy here (*.yaml): everything would be denied");
  return parsePolicy(
    await Promise.all(names.map(async (name) => ({ name, text: await readFile(name, "utf8") }))),
  );
}

/** As {@link loadPolicy}, from text. @throws PolicyInvalid */
export function parsePolicy(files: readonly { readonly name: string; readonly text: string }[]): Policy {
  return policyOf(files.map(({ name, text }) => readYaml(name, text)));
}

/**
 * A policy as a value of code: the same rules, the same version as its YAML.
 *
 * @throws PolicyInvalid; its lines are those of the value as JSON with one member to a line
 */
export function definePolicy(document: PolicyFile): Policy {
  const name = "definePolicy";
  const file = readValue(name, document);
  return file === undefined
    ? parsePolicy([{ name, text: JSON.stringify(document, undefined, 1) }])
    : policyOf([{ file }]);
}

function policyOf(files: readonly ReturnType<typeof readYaml>[]): Policy {
  const problems: PolicyProblem[] = [];
  const parsed: { file: YamlFile; data: PolicyFile }[] = [];
  for (const read of files) {
    if ("problems" in read) problems.push(...read.problems);
    else checkShape(read.file, problems, (data) => parsed.push({ file: read.file, data }));
  }
  if (problems.length > 0) throw new PolicyInvalid(problems);
  return merge(parsed, problems);
}

function checkShape(file: YamlFile, problems: PolicyProblem[], accept: (data: PolicyFile) => void): void {
  const shape = PolicyFile.safeParse(file.value);
  if (shape.success) return accept(shape.data);
  for (const issue of shape.error.issues.flatMap(deepest)) {
    const path = issue.code === "unrecognized_keys" ? [...issue.path, issue.keys[0] ?? ""] : issue.path;
    problems.push({
      file: file.name,
      ...file.locate(path),
      message: `${issue.path.join(".") || "policy"}: ${describe(issue)}`,
    });
  }
}

/** A union's issue hides what was wrong in the branch that was meant; the deepest one says it. */
function deepest(issue: z.core.$ZodIssue): z.core.$ZodIssue[] {
  if (issue.code !== "invalid_union") return [issue];
  const branches = issue.errors.map((branch) =>
    branch.map((inner) => ({ ...inner, path: [...issue.path, ...inner.path] })),
  );
  const strangers = (branch: readonly z.core.$ZodIssue[]): number =>
    branch
      .filter(({ path }) => path.length === issue.path.length)
      .reduce((sum, inner) => sum + (inner.code === "unrecognized_keys" ? inner.keys.length : 0), 0);
  const depth = (branch: readonly z.core.$ZodIssue[]): number =>
    Math.max(0, ...branch.map(({ path }) => path.length));
  // A branch that knows the keys that are there was meant, rather than one that does not.
  const [best] = branches.toSorted((a, b) => strangers(a) - strangers(b) || depth(b) - depth(a));
  return best === undefined || best.length === 0 ? [issue] : best;
}

function describe(issue: z.core.$ZodIssue): string {
  if (issue.code === "unrecognized_keys") return `unknown key ${issue.keys.join(", ")}`;
  if (issue.code === "invalid_type" && issue.message.endsWith("received undefined"))
    return `is missing (expected: ${issue.expected})`;
  if (issue.code === "invalid_key") return issue.issues[0]?.message ?? issue.message;
  return issue.message;
}

interface ListPlace {
  readonly file: YamlFile;
  readonly index: number;
}

function merge(parsed: readonly { file: YamlFile; data: PolicyFile }[], problems: PolicyProblem[]): Policy {
  const document: PolicyDocument = {
    watchword: 1,
    systems: {},
    agents: {},
    workloads: {},
    approvers: {},
    starters: {},
    evidence: {},
    grants: [],
    delegation: [],
  };
  const origin = new Map<string, YamlFile>();
  const listOrigin = { grants: [] as ListPlace[], delegation: [] as ListPlace[] };
  for (const { file, data } of parsed) {
    for (const section of SECTIONS) {
      for (const [name, value] of Object.entries(data[section] ?? {})) {
        const key = JSON.stringify([section, name]);
        const earlier = origin.get(key);
        if (earlier !== undefined) {
          problems.push({
            file: file.name,
            ...file.locate([section, name]),
            message: `${name} is declared in ${earlier.name}:${earlier.locate([section, name]).line} too`,
          });
          continue;
        }
        origin.set(key, file);
        Object.assign(document[section], { [name]: value });
      }
    }
    for (const [index, grant] of (data.grants ?? []).entries()) {
      document.grants.push(grant);
      listOrigin.grants.push({ file, index });
    }
    for (const [index, rule] of (data.delegation ?? []).entries()) {
      document.delegation.push(rule);
      listOrigin.delegation.push({ file, index });
    }
  }
  const place = (path: readonly PropertyKey[]): { file: string; line: number; column: number } => {
    const [section, name, ...rest] = path;
    const listed =
      section === "grants" || section === "delegation" ? listOrigin[section][Number(name)] : undefined;
    const file = listed?.file ?? origin.get(JSON.stringify([section, name])) ?? parsed[0]?.file;
    if (file === undefined) return { file: "policy", line: 1, column: 1 };
    return {
      file: file.name,
      ...file.locate(listed === undefined || section === undefined ? path : [section, listed.index, ...rest]),
    };
  };
  for (const { path, message } of checkNames(document)) problems.push({ ...place(path), message });
  if (document.grants.length === 0)
    problems.push({ ...place([]), message: "no grants: everything would be denied" });
  if (problems.length > 0) throw new PolicyInvalid(problems);
  // By id: neither the order of the files nor that of the grants in them is part of the version or of a decision.
  const grants = document.grants.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  const delegation = document.delegation.toSorted((a, b) =>
    delegationKey(a.parent, a.child) < delegationKey(b.parent, b.child) ? -1 : 1,
  );
  let written: ReadonlyMap<string, number> | undefined;
  return compilePolicy({ ...document, grants, delegation }, (grant, path) => {
    written ??= new Map(document.grants.map(({ id }, index) => [id, index]));
    return place(["grants", written.get(grant) ?? -1, ...path]);
  });
}
