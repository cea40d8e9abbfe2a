import type { BoundaryReport } from "../boundary-report.ts";
import type { OpenWorld, WorldOptions } from "../world.ts";
import { proveBoundaryFile } from "./prove-boundary-file.ts";
import type { BoundaryFile } from "./read-boundary-file.ts";

/** What came of files, and of the world that they were tried in. */
export interface ProvenFiles {
  readonly proofs: BoundaryReport["proofs"];
  readonly world: BoundaryReport["world"];
}

/** Tries what files expect, one after the other in one world: what one of them does, such as a refund, counts for the next. */
export async function proveFiles(
  files: readonly BoundaryFile[],
  options: WorldOptions,
  open: OpenWorld,
): Promise<ProvenFiles> {
  const world = await open(options);
  try {
    const proofs: BoundaryReport["proofs"][number][] = [];
    for (const file of files) proofs.push(...(await proveBoundaryFile(file, options.policy, world)));
    return { proofs, world: await world.prove() };
  } finally {
    await world[Symbol.asyncDispose]();
  }
}
