import { Refusal, type ValueMap, isValueMap } from "@watchword/core";
import { describeProblem, readYaml } from "@watchword/policy";
import { z } from "zod";

const Name = z.string().min(1).max(255);
const Path = z.string().min(1).max(4_096);
const Arguments = z.record(
  Name,
  z.record(z.string(), z.unknown()).transform((value, context): ValueMap => {
    if (isValueMap(value)) return value;
    context.addIssue("values are strings, booleans, whole numbers, lists and maps of them");
    return z.NEVER;
  }),
);
const Fields = z.record(Name, z.string());
const Connection = z.strictObject({
  account: Name,
  settings: z.record(Name, z.string()).optional(),
});

/** What two tenants own at one system of the target. Rows are made of it; what it does not name, no row is about. */
const TargetSystem = z.strictObject({
  own: Connection,
  other: Connection,
  live: Arguments.optional(),
  foreign: Arguments.optional(),
  missing: Arguments.optional(),
  resource: z.strictObject({ own: Fields, other: Fields }).optional(),
  neighbour: Fields.optional(),
});

/** Grammar of a target's file. Strict: a member that is not known is an error, never ignored. */
const TargetDocument = z.strictObject({
  target: z.literal(1),
  /** What tokens are made for; left out: the URL that is aimed at. */
  issuer: z.url().optional(),
  tenants: z.strictObject({ own: Name, other: Name }),
  /** By their names in the policy: the directory of a local key, or a file with a token, which is read anew for each run. */
  workloads: z.record(Name, z.union([z.strictObject({ key: Path }), z.strictObject({ token: Path })])),
  /** By tenant: a file with the token of one of its users. */
  users: z.record(Name, z.strictObject({ token: Path })).optional(),
  systems: z.record(Name, TargetSystem),
});
export type TargetDocument = z.infer<typeof TargetDocument>;
export type TargetSystem = z.infer<typeof TargetSystem>;

/**
 * Reads who acts, and on what, against a deployed broker. It names files with keys and tokens; none of them is in it.
 *
 * @throws Refusal `configuration_invalid` with every problem at its file, line and column
 */
export function readTargetFile(name: string, text: string): TargetDocument {
  const read = readYaml(name, text);
  if ("problems" in read) throw invalid(read.problems.map(describeProblem));
  const { file } = read;
  const parsed = TargetDocument.safeParse(file.value);
  if (parsed.success) return parsed.data;
  throw invalid(
    parsed.error.issues.map((issue) => {
      const unknown = issue.code === "unrecognized_keys" ? (issue.keys[0] ?? "") : undefined;
      const path = unknown === undefined ? issue.path : [...issue.path, unknown];
      const message =
        unknown === undefined
          ? `${issue.path.join(".") || "file"}: ${issue.message}`
          : `unknown key ${unknown}`;
      return describeProblem({ file: file.name, ...file.locate(path), message });
    }),
  );
}

function invalid(problems: readonly string[]): Refusal {
  return new Refusal("configuration_invalid", { detail: problems.join("\n") });
}
