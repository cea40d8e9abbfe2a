import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { CELL_LABEL } from "./cell-label.ts";
import type { Engine } from "./engine.ts";
import { nativeFiles } from "./native-files.ts";
import { type TarEntry, tarArchive } from "./tar-archive.ts";

/**
 * The image in which a cell runs: its code in a layer above {@link baseImage}. It is tagged by what is in it and made once for
 * each machine.
 *
 * @param base an image with Node at `/usr/local/bin/node`, and the folders of cells
 * @returns the image's tag
 */
export async function cellImage(engine: Engine, base: string, code: readonly TarEntry[]): Promise<string> {
  const dockerfile = `FROM ${base}\nCOPY code /code\nLABEL ${CELL_LABEL}.image=1\n`;
  const context: readonly TarEntry[] = [
    { kind: "file", path: "Dockerfile", content: Buffer.from(dockerfile) },
    ...code.map((entry) => ({ ...entry, path: `code/${entry.path}` })),
  ];
  const tag = `watchword-cell-code:${await digestOf(context)}`;
  if (await isThere(engine, tag)) return tag;
  const built = await engine.docker.buildImage(Readable.from(tarArchive(context)), { t: tag, version: "1" });
  await ended(engine, built);
  if (!(await isThere(engine, tag))) throw new Error(`the engine built no ${tag}`);
  return tag;
}

/**
 * `FROM scratch`, this very Node with its libraries, and nothing else: tagged by what is in it, made once for each machine, and
 * never pulled.
 */
export async function baseImage(engine: Engine): Promise<string> {
  const files = nativeFiles();
  const tag = `watchword-cell-node:${await digestOf(files)}`;
  if (await isThere(engine, tag)) return tag;
  const [repo, version] = tag.split(":");
  const imported = await engine.docker.importImage(Readable.from(tarArchive(files)), {
    repo,
    tag: version,
    changes: ["ENV PATH=/usr/local/bin", `LABEL ${CELL_LABEL}.image=1`],
  });
  await ended(engine, imported);
  return tag;
}

async function digestOf(entries: readonly TarEntry[]): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of tarArchive(entries)) hash.update(chunk);
  return hash.digest("hex").slice(0, 24);
}

async function isThere(engine: Engine, tag: string): Promise<boolean> {
  try {
    await engine.docker.getImage(tag).inspect();
    return true;
  } catch (error) {
    if ((error as { readonly statusCode?: number }).statusCode === 404) return false;
    throw error;
  }
}

/** Waits for the end of what the engine tells about its progress. @throws Error with what it told last */
function ended(engine: Engine, progress: NodeJS.ReadableStream): Promise<void> {
  return new Promise((resolve, reject) => {
    engine.docker.modem.followProgress(
      progress,
      (error: Error | null, told: readonly { readonly error?: string }[]) => {
        const problem = error?.message ?? told.find((line) => line.error !== undefined)?.error;
        if (problem === undefined) resolve();
        else reject(new Error(`no image for cells: ${problem}`));
      },
    );
  });
}
