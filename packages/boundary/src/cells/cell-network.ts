import { CELL_LABEL } from "./cell-label.ts";
import type { Engine } from "./engine.ts";
import { NO_HOST_ADDRESS } from "./inspect-cell.ts";

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

/** Makes a volume of one run, removed with it. */
export async function cellVolume(
  { docker }: Engine,
  name: string,
  run: string,
  began: string,
): Promise<string> {
  await docker.createVolume({ Name: name, Labels: { [CELL_LABEL]: run, [`${CELL_LABEL}.began`]: began } });
  return name;
}
