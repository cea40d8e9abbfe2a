import { CELL_LABEL } from "./cell-label.ts";
import type { Engine } from "./engine.ts";

/** What was removed. */
export interface Swept {
  readonly containers: number;
  readonly networks: number;
  readonly volumes: number;
}

/**
 * Removes containers, networks and volumes of one run, or, with `olderThan`, what runs left behind that began before this
 * moment (ISO 8601) and were killed before they could sweep. Whatever does not carry the harness's label is not touched.
 */
export async function sweepCells(
  { docker }: Engine,
  which: { readonly run: string } | { readonly olderThan: string },
): Promise<Swept> {
  const label = "run" in which ? `${CELL_LABEL}=${which.run}` : CELL_LABEL;
  const filters = { label: [label] };
  const isOver = (labels: Readonly<Record<string, string>> | null | undefined): boolean =>
    "run" in which || (labels?.[`${CELL_LABEL}.began`] ?? "") < which.olderThan;
  const containers = (await docker.listContainers({ all: true, filters })).filter(({ Labels }) =>
    isOver(Labels),
  );
  await Promise.all(
    containers.map(({ Id }) => gone(docker.getContainer(Id).remove({ force: true, v: true }))),
  );
  const networks = (await docker.listNetworks({ filters })).filter(({ Labels }) => isOver(Labels));
  await Promise.all(networks.map(({ Id }) => gone(docker.getNetwork(Id).remove())));
  const volumes = (await docker.listVolumes({ filters })).Volumes.filter(({ Labels }) => isOver(Labels));
  await Promise.all(volumes.map(({ Name }) => gone(docker.getVolume(Name).remove())));
  return { containers: containers.length, networks: networks.length, volumes: volumes.length };
}

/** Another sweep may have been there first. */
async function gone(removal: Promise<unknown>): Promise<void> {
  try {
    await removal;
  } catch (error) {
    const { statusCode } = error as { readonly statusCode?: number };
    if (statusCode !== 404 && statusCode !== 409) throw error;
  }
}
