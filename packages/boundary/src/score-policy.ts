import { type Policy, checkOperations, mutatePolicy } from "@watchword/policy";
import type { Catalogue } from "@watchword/core";
import type { PolicyMutant, RowProblem } from "./boundary-report.ts";
import { judgeRow } from "./judge-row.ts";
import type { Row } from "./row.ts";
import type { RunRowsOptions } from "./run-rows.ts";
import { sideBySide } from "./side-by-side.ts";
import type { OpenWorld, World } from "./world.ts";

/** A row notices a wider policy by what happened; that it could not be run is no notice. */
const NOTICED: ReadonlySet<RowProblem> = new Set(["allowed", "wrong_reason", "minted", "reached_system"]);

/** Facts whose rows are likely to notice a change of a member, tried first. */
const LIKELY: Readonly<Record<string, readonly Row["fact"][]>> = Object.freeze({
  agent: ["agent", "delegation"],
  resource: ["tenant", "resource"],
  where: ["argument", "tenant", "approval"],
  user: ["user"],
  background: ["run"],
  window: ["time"],
  approval: ["approval"],
  evidence: ["evidence"],
  budget: ["budget"],
  once: ["once"],
  lease: ["credential"],
  delegation: ["delegation"],
});

/**
 * The policy's score: every policy that is wider by one step, and the first row that noticed. A change that nobody noticed is a
 * boundary that is not tested. Rows and their expectations are those of the policy as it is.
 */
export async function scorePolicy(
  rows: readonly Row[],
  options: RunRowsOptions & { readonly catalogues: Readonly<Record<string, Catalogue>> },
): Promise<PolicyMutant[]> {
  const { policy, catalogues } = options;
  const mutations = mutatePolicy(policy).filter((mutation) => isLoadable(mutation.policy, catalogues));
  const scored: PolicyMutant[] = [];
  await sideBySide(
    options.parallel ?? 4,
    mutations.map((mutation) => async () => {
      const { id, grant, path, change } = mutation;
      const [member = ""] = path;
      const ofGrant = rows.filter((row) => row.grant === grant);
      const likely = ofGrant.filter(({ fact }) => LIKELY[member]?.includes(fact) ?? false);
      const others = ofGrant.filter((row) => !row.alone && !likely.includes(row));
      const inWorld = worldsOf(options.openWorld, { ...options, policy: mutation.policy });
      const killedBy = await firstNotice([...likely, ...others], inWorld);
      const { file, line } = policy.locate(grant, member === "delegation" ? [] : placePath(path));
      scored.push({ id, grant, change, place: { file, line }, killedBy });
    }),
  );
  return scored.toSorted((a, b) => (a.id < b.id ? -1 : 1));
}

/** A policy that no broker would start with needs no row that notices. */
function isLoadable(policy: Policy, catalogues: Readonly<Record<string, Catalogue>>): boolean {
  return checkOperations(policy, catalogues).length === 0;
}

/** `max*` is about `max`. */
function placePath(path: readonly string[]): readonly string[] {
  return path.map((part) => part.replace(/\*$/, ""));
}

type InWorld = (row: Row, use: (world: World) => Promise<boolean>) => Promise<boolean>;

/** One world for all rows that share one, and one for each that does not. */
function worldsOf(openWorld: OpenWorld, options: Parameters<OpenWorld>[0]) {
  let shared: World | undefined;
  return {
    use: (async (row, use) => {
      if (!row.alone) return use((shared ??= await openWorld(options)));
      const world = await openWorld(options);
      try {
        return await use(world);
      } finally {
        await world[Symbol.asyncDispose]();
      }
    }) satisfies InWorld,
    close: async (): Promise<void> => shared?.[Symbol.asyncDispose](),
  };
}

async function firstNotice(
  rows: readonly Row[],
  worlds: ReturnType<typeof worldsOf>,
): Promise<string | null> {
  try {
    for (const row of rows) {
      const noticed = await worlds.use(row, async (world) => {
        const attempt = await world.attempt(row.mutated);
        return judgeRow(row, [], attempt).some((problem) => NOTICED.has(problem));
      });
      if (noticed) return row.id;
    }
    return null;
  } finally {
    await worlds.close();
  }
}
