import { readFile, readdir } from "node:fs/promises";

/**
 * The environments and command lines of all processes that this one can see, itself among them, as the kernel gives them: what
 * a captured agent reads first.
 */
export async function readEnvironments(): Promise<string> {
  const processes = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const texts = await Promise.all(
    processes.flatMap((id) =>
      ["environ", "cmdline"].map((file) => readFile(`/proc/${id}/${file}`, "latin1").catch(() => "")),
    ),
  );
  return texts.join("\n");
}
