import type { Cell } from "./start-cell.ts";
import type { Engine } from "./engine.ts";
import { type Canary, searchStream } from "./search-stream.ts";

/** What an engine can tell of a container. */
export type CellPlace = "files" | "configuration" | "output";

/**
 * Searches everything that a container's engine can tell of it for canaries: its files as an export gives them, its
 * configuration with environment and command line, and all that it said.
 *
 * @returns where one was found, and its name: `agent files: root secret of payments`; empty is the promise
 */
export async function searchCell(
  { docker }: Engine,
  cell: Cell,
  canaries: readonly Canary[],
  wanted: readonly CellPlace[] = ["files", "configuration", "output"],
): Promise<string[]> {
  const container = docker.getContainer(cell.id);
  const places = [
    ["files", async () => (await container.export()) as AsyncIterable<Uint8Array>],
    ["configuration", async () => [JSON.stringify(await container.inspect())]],
    ["output", async () => [await container.logs({ stdout: true, stderr: true, follow: false })]],
  ] as const;
  const found = await Promise.all(
    places.map(async ([place, read]) => {
      if (!wanted.includes(place)) return [];
      const names = await searchStream(await read(), canaries);
      return names.map((name) => `${cell.claim.role} ${place}: ${name}`);
    }),
  );
  return found.flat();
}
