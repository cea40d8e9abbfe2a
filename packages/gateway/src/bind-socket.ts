import { lstat, rm } from "node:fs/promises";
import { type Server, connect } from "node:net";
import { Refusal } from "@watchword/core";

/**
 * Binds a server to a Unix socket that only its own user can open (mode 0600), in a directory that is there already. A
 * socket that a dead process left behind is replaced; one that somebody answers on, or another kind of file, is not.
 *
 * @throws Refusal `configuration_invalid`
 */
export async function bindSocket(server: Server, path: string): Promise<void> {
  await removeStale(path);
  // `listen` binds before it returns, so nothing else of this process sees the mask; a later chmod would leave a gap.
  const mask = process.umask(0o177);
  try {
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(path, resolve);
      process.umask(mask);
    });
  } catch (error) {
    throw unusable(path, `it cannot be bound (${(error as NodeJS.ErrnoException).code ?? "unknown"})`);
  } finally {
    process.umask(mask);
  }
}

async function removeStale(path: string): Promise<void> {
  const found = await lstat(path).catch(() => undefined);
  if (found === undefined) return;
  if (!found.isSocket()) throw unusable(path, "something else than a socket is there");
  if (await answers(path)) throw unusable(path, "another process answers on it");
  await rm(path, { force: true });
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(path);
    const end = (answered: boolean): void => {
      probe.destroy();
      resolve(answered);
    };
    probe.once("connect", () => end(true));
    // Only a refused connection says that nobody is there; a socket of somebody else's stays.
    probe.once("error", (error: NodeJS.ErrnoException) => end(error.code !== "ECONNREFUSED"));
  });
}

function unusable(path: string, why: string): Refusal {
  return new Refusal("configuration_invalid", { detail: `socket ${path}: ${why}` });
}
