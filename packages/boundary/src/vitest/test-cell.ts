import type { AgentCell } from "../cells/agent-cell.ts";
import type { Isolation, World, WorldProof } from "../world.ts";

/** Where the agents of a test are held. */
export interface TestCell extends AgentCell {
  readonly isolation: Isolation;
  /** Why there is no stronger isolation; `null`: it is the strongest. */
  readonly reason: string | null;
  /** Ledger, secrets and ways out of this world. */
  prove(): Promise<WorldProof>;
}

/** The world of a file's tests, and the cell that its agents are in, where they are in one. */
export interface TestPlace {
  readonly world: World;
  readonly cell: AgentCell | undefined;
  readonly reason: string | null;
}

/** What a test can ask of the place of its agents. In its own process there is no cell to look at, and asking throws. */
export function testCell({ world, cell, reason }: TestPlace): TestCell {
  const nowhere = (): never => {
    throw new Error(
      "the agent lives in this very process, which has every way out and sees every secret; hand `cells: { module, name }` to boundaryTest, so that it is held in a cell",
    );
  };
  const held: AgentCell = cell ?? {
    routes: nowhere,
    environment: nowhere,
    list: nowhere,
    run: nowhere,
    stolen: nowhere,
    intrude: nowhere,
  };
  return Object.freeze<TestCell>({
    ...held,
    isolation: world.isolation,
    reason,
    prove: () => world.prove(),
  });
}
