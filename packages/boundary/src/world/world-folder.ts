import { constants } from "node:fs";
import { access, mkdtemp, statfs } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** On most Linux machines a file system in memory: a world is over before anything of it has to survive a power cut. */
const IN_MEMORY = "/dev/shm";
/** More than a store wants to see free, for as many worlds as are open at once. */
const ENOUGH_BYTES = 512 * 1_024 * 1_024;

/** A new folder for the store and the keys of one world, where a flush costs least; whoever asks removes it. */
export async function worldFolder(): Promise<string> {
  return mkdtemp(join((await isRoomy(IN_MEMORY)) ? IN_MEMORY : tmpdir(), "watchword-boundary-"));
}

async function isRoomy(folder: string): Promise<boolean> {
  try {
    await access(folder, constants.W_OK);
    const { bavail, bsize } = await statfs(folder);
    return bavail * bsize >= ENOUGH_BYTES;
  } catch {
    return false;
  }
}
