import { type Tree, blobSha } from "./repository-state.ts";

/** A file that two trees do not have in common. */
export interface ChangedFile {
  readonly path: string;
  /** Content afterwards; `undefined` when it is gone. */
  readonly bytes: Buffer | undefined;
  readonly status: "added" | "modified" | "removed";
}

/** The files that differ. */
export function changesBetween(before: Tree, after: Tree): readonly ChangedFile[] {
  return [...new Set([...before.keys(), ...after.keys()])].flatMap((path): ChangedFile[] => {
    const [was, bytes] = [before.get(path), after.get(path)];
    if (was !== undefined && bytes !== undefined && was.equals(bytes)) return [];
    const status = was === undefined ? "added" : bytes === undefined ? "removed" : "modified";
    return [{ path, bytes, status }];
  });
}

/** A changed file as GitHub shows it. */
export const fileBody = ({ path, bytes, status }: ChangedFile) => ({
  filename: path,
  status,
  ...(bytes === undefined ? {} : { sha: blobSha(bytes) }),
});
