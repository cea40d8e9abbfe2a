import { CELL_LABEL } from "./cell-label.ts";
import type { Engine } from "./engine.ts";
import { NO_HOST_ADDRESS } from "./inspect-cell.ts";
import { CELL_USER } from "./native-files.ts";

/** Makes the internal network of one run, on which cells reach each other and neither the world nor the host. */
export async function cellNetwork({ docker }: Engine, run: string, began: string): Promise<string> {
  const name = `watchword-${run}`;
  await docker.createNetwork({
    Name: name,
    Internal: true,
    CheckDuplicate: true,
    Labels: { [CELL_LABEL]: run, [`${CELL_LABEL}.began`]: began },
    // INVARIANT: an internal network alone still reaches every address of the host.
    Options: { [NO_HOST_ADDRESS]: "true" },
  });
  return name;
}

/** Makes a volume of one run, removed with it; what {@link IN_MEMORY} says makes it one that no disk has to keep. */
export async function cellVolume(
  { docker }: Engine,
  name: string,
  run: string,
  began: string,
  options: Readonly<Record<string, string>> = {},
): Promise<string> {
  await docker.createVolume({
    Name: name,
    Labels: { [CELL_LABEL]: run, [`${CELL_LABEL}.began`]: began },
    DriverOpts: { ...options },
  });
  return name;
}

/** A volume in memory, of a cell's user alone: what worlds keep need not survive the machine, and flushes cost nothing. */
export const IN_MEMORY: Readonly<Record<string, string>> = Object.freeze({
  type: "tmpfs",
  device: "tmpfs",
  o: `size=768m,mode=0700,uid=${CELL_USER},gid=${CELL_USER}`,
});
