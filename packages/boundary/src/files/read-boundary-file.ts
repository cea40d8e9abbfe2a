import type { Reason } from "@watchword/core";
import { type Policy, type PolicyProblem, type YamlFile, readYaml } from "@watchword/policy";
import type { z } from "zod";
import type { Fact } from "../row.ts";
import type { Situation } from "../situation.ts";
import { BoundaryDocument } from "./boundary-file.ts";
import { BoundaryFileInvalid } from "./boundary-file-invalid.ts";

/** Where something stands in a boundary file. */
export interface FilePlace {
  readonly file: string;
  readonly line: number;
}

/** One attempt that a file tells of, and how it must end. */
export interface ExpectedAttempt {
  readonly title: string;
  readonly situation: Situation;
  /** Empty: it must be allowed. */
  readonly deny: readonly Reason[];
  readonly place: FilePlace;
}

/** What a file says that an agent may ask for at all, no more and no less. */
export interface ExpectedOperations {
  readonly agent: string;
  readonly equals: readonly string[];
  readonly place: FilePlace;
}

/** Rows that are left out for now, with the reason. */
export interface MatrixException {
  /** `null`: of every grant. */
  readonly grant: string | null;
  readonly fact: Fact;
  readonly reason: string;
  readonly place: FilePlace;
}

/** A boundary file that can be run. */
export interface BoundaryFile {
  readonly attempts: readonly ExpectedAttempt[];
  readonly operations: readonly ExpectedOperations[];
  /** `null`: the file says nothing of the matrix. */
  readonly matrix: {
    readonly grants: "*" | readonly string[];
    readonly except: readonly MatrixException[];
  } | null;
}

/** One day, for whoever is a few hours further west. */
const DAY_MS = 86_400_000;

/**
 * Reads a `*.boundary.yaml` against the policy that it is about. An exception holds to the end of its day (UTC).
 *
 * INVARIANT: an exception whose day is over is an error, so that nothing stays untested because nobody looked.
 *
 * @param now milliseconds since the epoch
 * @throws BoundaryFileInvalid (`configuration_invalid`) with every problem at its file, line and column
 */
export function readBoundaryFile(name: string, text: string, policy: Policy, now: number): BoundaryFile {
  const read = readYaml(name, text);
  if ("problems" in read) throw new BoundaryFileInvalid(read.problems);
  const { file } = read;
  const parsed = BoundaryDocument.safeParse(file.value);
  if (!parsed.success) throw new BoundaryFileInvalid(shapeProblems(file, parsed.error.issues));
  const problems = [...nameProblems(file, parsed.data, policy), ...overdue(file, parsed.data, now)];
  const attempts = (parsed.data.expect ?? []).flatMap((expectation, index) => {
    const given = { ...parsed.data.given, ...expectation.given };
    const { agent, tenant } = given;
    if (agent !== undefined && tenant !== undefined)
      return [attemptOf(file, { ...given, agent, tenant }, expectation, index)];
    const missing = [...(agent === undefined ? ["agent"] : []), ...(tenant === undefined ? ["tenant"] : [])];
    problems.push(problem(file, ["expect", index, "call"], `given names no ${missing.join(" and no ")}`));
    return [];
  });
  if (problems.length > 0) throw new BoundaryFileInvalid(problems);
  return {
    attempts,
    operations: (parsed.data.operations ?? []).map(({ agent, equals }, index) => ({
      agent,
      equals,
      place: placeOf(file, ["operations", index, "agent"]),
    })),
    matrix: matrixOf(file, parsed.data),
  };
}

type Given = NonNullable<BoundaryDocument["given"]>;
type Expectation = NonNullable<BoundaryDocument["expect"]>[number];

function attemptOf(
  file: YamlFile,
  given: Given & { readonly agent: string; readonly tenant: string },
  { title, call, deny }: Expectation,
  index: number,
): ExpectedAttempt {
  const slash = call.operation.indexOf("/");
  const { agent, workload, tenant, at } = given;
  const reasons = deny === undefined ? [] : typeof deny === "string" ? [deny] : deny;
  return {
    title:
      title ??
      `${agent} in ${tenant}: ${call.operation} ${reasons.length === 0 ? "is allowed" : `is refused, ${reasons.join(" or ")}`}`,
    deny: reasons,
    place: placeOf(file, ["expect", index, "call"]),
    situation: {
      agent,
      ...(workload === undefined ? {} : { workload }),
      tenant,
      user: given.user ?? "verified",
      background: given.background ?? false,
      via: given.via ?? [],
      tool: call.tool ?? call.operation.slice(slash + 1),
      action: {
        system: call.operation.slice(0, slash),
        operation: call.operation.slice(slash + 1),
        resource: call.resource ?? {},
        arguments: call.arguments ?? {},
      },
      ...(call.args === undefined || call.tool === undefined
        ? {}
        : { call: { tool: call.tool, args: JSON.stringify(call.args) } }),
      ...(at === undefined ? {} : { at: Math.floor(Date.parse(at) / 1_000) }),
      evidence: given.evidence ?? {},
      approval: given.approval ?? "none",
      run: given.run ?? "living",
      request: "as-decided",
      before: [],
    },
  };
}

function matrixOf(file: YamlFile, { matrix }: BoundaryDocument): BoundaryFile["matrix"] {
  if (matrix === undefined) return null;
  const except = (matrix.except ?? []).map(({ grant = null, fact, reason }, index) => ({
    grant,
    fact,
    reason,
    place: placeOf(file, ["matrix", "except", index, "fact"]),
  }));
  return { grants: matrix.grants, except };
}

/** What must be declared: the agents of lists, the grants of the matrix. Attempts may be about anybody. */
function nameProblems(
  file: YamlFile,
  { operations = [], matrix }: BoundaryDocument,
  policy: Policy,
): PolicyProblem[] {
  const grants = new Set(policy.grants.map(({ id }) => id));
  const named: [string, PropertyKey[]][] = [
    ...(matrix === undefined || matrix.grants === "*"
      ? []
      : matrix.grants.map((grant, index): [string, PropertyKey[]] => [grant, ["matrix", "grants", index]])),
    ...(matrix?.except ?? []).flatMap(({ grant }, index): [string, PropertyKey[]][] =>
      grant === undefined ? [] : [[grant, ["matrix", "except", index, "grant"]]],
    ),
  ];
  return [
    ...operations.flatMap(({ agent }, index) =>
      Object.hasOwn(policy.document.agents, agent)
        ? []
        : [problem(file, ["operations", index, "agent"], `the policy declares no agent ${agent}`)],
    ),
    ...named
      .filter(([grant]) => !grants.has(grant))
      .map(([grant, path]) => problem(file, path, `the policy has no grant ${grant}`)),
  ];
}

function overdue(file: YamlFile, { matrix }: BoundaryDocument, now: number): PolicyProblem[] {
  return (matrix?.except ?? []).flatMap(({ fact, until }, index) =>
    now < Date.parse(`${until}T00:00:00Z`) + DAY_MS
      ? []
      : [
          problem(
            file,
            ["matrix", "except", index, "until"],
            `the exception for ${fact} ended on ${until}; take it away, or give it a new day and say why it still holds`,
          ),
        ],
  );
}

function shapeProblems(file: YamlFile, issues: readonly z.core.$ZodIssue[]): PolicyProblem[] {
  return issues.map((issue) => {
    if (issue.code === "unrecognized_keys")
      return problem(file, [...issue.path, issue.keys[0] ?? ""], `unknown key ${issue.keys.join(", ")}`);
    return problem(file, issue.path, `${issue.path.join(".") || "file"}: ${issue.message}`);
  });
}

function problem(file: YamlFile, path: readonly PropertyKey[], message: string): PolicyProblem {
  return { file: file.name, ...file.locate(path), message };
}

function placeOf(file: YamlFile, path: readonly PropertyKey[]): FilePlace {
  return { file: file.name, line: file.locate(path).line };
}
