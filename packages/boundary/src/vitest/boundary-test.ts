import { type TestAPI, expect, test as plain } from "vitest";
import type { EvidenceCondition, ApprovalCondition, Tampering } from "../situation.ts";
import type { SystemsModule } from "../cells/cells.ts";
import type { CellsOptions } from "../cells/open-cells.ts";
import { Closing } from "../world/closing.ts";
import type { OpenWorld, World, WorldOptions } from "../world.ts";
import { sameProcess } from "../world/same-process.ts";
import { boundaryMatchers } from "./boundary-matchers.ts";
import { type AgentOptions, type Scene, type TestAgent, agentIn, emptyScene } from "./scene.ts";
import { type TestCell, type TestPlace, testCell } from "./test-cell.ts";

/** What {@link boundaryTest} needs. */
export interface BoundaryTestOptions extends WorldOptions {
  /** How worlds are opened; left out: in this process. */
  readonly open?: OpenWorld;
  /**
   * Holds the agents in cells: in the strongest isolation that can be had here, and in none weaker than `required`. The systems
   * are those that this module exports, a suite or a record of them, since functions do not travel.
   */
  readonly cells?: SystemsModule & Omit<CellsOptions, "systems">;
}

/** What a test of a boundary is given. */
export interface BoundaryFixtures {
  /** The real broker and gateway over running twins; one for all tests of a file. */
  readonly world: World;
  /** What one test says of everything around its agents; {@link clock}, {@link evals}, {@link approve} and {@link tamper} write it. */
  readonly scene: Scene;
  /** A captured agent in this world. */
  readonly agent: (name: string, options: AgentOptions) => TestAgent;
  /** Where the agents are held: their ways out, what they see and have, and what came of the world. */
  readonly cell: TestCell;
  /** World and cell of a file's tests; the fixtures above are parts of it. */
  readonly place: TestPlace;
  /** The moment at which things are proposed: seconds since the epoch. */
  readonly clock: { readonly set: (seconds: number) => void };
  /** How a source of evidence stands when something is proposed. */
  readonly evals: { readonly set: (source: string, condition: EvidenceCondition) => void };
  /** What becomes of an approval that is asked for. Left out: `granted`. */
  readonly approve: (condition?: ApprovalCondition) => void;
  /** What somebody with the runtime's memory does to what is signed. */
  readonly tamper: (how: Tampering) => void;
}

/**
 * A `test` of vitest whose tests have a world; teaches this file's `expect` the matchers of a boundary, too.
 *
 * @example
 * ```ts
 * const test = boundaryTest({ policy: await loadPolicy("policy/"), systems: { payments } });
 * test("another customer's charge stays unpaid", async ({ agent }) => {
 *   const support = agent("support", { tenant: "acme" });
 *   expect(await support.propose("payments/refunds.create", { charge: "ch_globex" })).toBeDenied({ reason: "tenant_mismatch" });
 * });
 * ```
 */
export function boundaryTest(options: BoundaryTestOptions): TestAPI<BoundaryFixtures> {
  expect.extend(boundaryMatchers);
  const extended = plain
    // oxlint-disable-next-line no-empty-pattern -- vitest reads from the parameter which fixtures are wanted: none
    .extend("place", { scope: "file" }, async ({}, { onCleanup }): Promise<TestPlace> => {
      const stack = new Closing();
      onCleanup(() => stack.close());
      return openPlace(options, stack);
    })
    .extend("world", { scope: "file" }, async ({ place }): Promise<World> => place.world)
    // oxlint-disable-next-line no-empty-pattern -- vitest reads from the parameter which fixtures are wanted: none
    .extend("scene", async ({}): Promise<Scene> => emptyScene())
    .extend(
      "agent",
      async ({ world, scene }): Promise<BoundaryFixtures["agent"]> =>
        (name, of) =>
          agentIn(world, scene, name, of),
    )
    .extend("cell", async ({ place }): Promise<TestCell> => testCell(place))
    .extend("clock", async ({ scene }): Promise<BoundaryFixtures["clock"]> => ({
      set: (seconds) => void (scene.at = seconds),
    }))
    .extend("evals", async ({ scene }): Promise<BoundaryFixtures["evals"]> => ({
      set: (source, condition) => void (scene.evidence[source] = condition),
    }))
    .extend(
      "approve",
      async ({ scene }): Promise<BoundaryFixtures["approve"]> =>
        (condition = "granted") =>
          void (scene.approval = condition),
    )
    .extend(
      "tamper",
      async ({ scene }): Promise<BoundaryFixtures["tamper"]> =>
        (how) =>
          void (scene.tampering = how),
    );
  return extended as unknown as TestAPI<BoundaryFixtures>;
}

async function openPlace({ open, cells, ...world }: BoundaryTestOptions, stack: Closing): Promise<TestPlace> {
  if (cells === undefined)
    return {
      world: stack.use(await (open ?? sameProcess())(world)),
      cell: undefined,
      reason: "it was run in this process, which proves a policy and no containment",
    };
  const { openCells } = await import("../cells/open-cells.ts");
  const { module, name, ...rest } = cells;
  const tools = world.tools instanceof URL ? { tools: world.tools } : {};
  const held = stack.use(await openCells({ systems: { module, name }, ...tools, ...rest }));
  const opened = stack.use(await held.open(world));
  return { world: opened, cell: opened.cell, reason: held.reason };
}
