import type { RunningCells } from "./cells.ts";
import type { Engine } from "./engine.ts";
import { hostTargets } from "./host-targets.ts";
import { type Routes, openRoutes } from "./probe-routes.ts";
import { searchCell } from "./search-cell.ts";
import { searchStream } from "./search-stream.ts";
import type { Cell } from "./start-cell.ts";

/**
 * Looks for secrets and ways out in running containers, as often as it is asked to. What cannot change without the engine
 * noticing is looked at once: the files of a read-only root, and the routes of a network that every container is on as it was
 * claimed, which is inspected anew each time.
 */
export async function containerSearch(
  engine: Engine,
  { agent, ...others }: Readonly<Record<"agent" | "stage" | "gateway" | "twins", Cell>>,
): Promise<RunningCells["search"]> {
  const { stage } = others;
  const networked = Object.values(others);
  const targets = [...hostTargets(), ...(await networkGateway(engine, stage))];
  let within: Promise<string[]> | undefined;
  let exported = false;
  return async (canaries) => {
    within ??= Promise.all(
      networked.map(async (cell) =>
        openRoutes(await cell.call<Routes>("probeRoutes", targets), true).map(
          (way) => `${cell.claim.role}: ${way}`,
        ),
      ),
    ).then((found) => found.flat());
    const changed = await changedFiles(engine, agent);
    const files = exported && changed.length === 0 ? [] : (["files"] as const);
    exported = true;
    const [routes, environments, ...found] = await Promise.all([
      agent.call<Routes>("probeRoutes", targets),
      agent.call<string>("readEnvironments"),
      searchCell(engine, agent, canaries, [...files, "configuration", "output"]),
      ...networked.map((cell) => searchCell(engine, cell, canaries, ["configuration", "output"])),
    ]);
    const inside = await searchStream([environments], canaries);
    await Promise.all([agent, ...networked].map((cell) => cell.inspect()));
    return {
      leaks: [...found.flat(), ...inside.map((secret) => `agent environments: ${secret}`)],
      openRoutes: [
        ...openRoutes(routes, false),
        ...(await within),
        ...changed.map((path) => `changed file ${path}`),
      ],
    };
  };
}

/** The address on the cells' network that would be the host's. */
async function networkGateway({ docker }: Engine, { claim }: Cell) {
  if (claim.network === null) return [];
  const { IPAM } = await docker.getNetwork(claim.network).inspect();
  return (IPAM?.Config ?? []).flatMap(({ Gateway: host }) =>
    host === undefined ? [] : [{ host, port: 22 }],
  );
}

/** Files of a cell that are not as in its image; places of mounts are no finding. */
async function changedFiles({ docker }: Engine, { id, claim }: Cell): Promise<string[]> {
  const changes: unknown = await docker.getContainer(id).changes();
  const mounted = (path: string): boolean =>
    claim.mounts.some(({ at }) => at === path || at.startsWith(`${path}/`));
  if (!Array.isArray(changes)) return [];
  return (changes as readonly { readonly Path: string }[]).flatMap(({ Path }) =>
    mounted(Path) ? [] : [Path],
  );
}
