import { z } from "zod";

/**
 * Letters that stand for themselves in a URL's path, everywhere. Files and branches of other letters (spaces, umlauts,
 * semicolons) are not reachable: every other letter has a second spelling.
 */
const SEGMENT = "[A-Za-z0-9._~!$&'()*+,=:@-]+";
const PATH = new RegExp(`^(?:/${SEGMENT})+$`);
const BRANCH = new RegExp(`^${SEGMENT}(?:/${SEGMENT})*$`);
const REPOSITORY = /^[A-Za-z0-9][A-Za-z0-9_-]{0,99}\/[A-Za-z0-9._-]{1,100}$/;

/** A full commit, blob or tree id. Short ones name another object tomorrow. */
export const CommitId = z
  .string()
  .regex(/^[0-9a-f]{40}$/, { error: "must be a full id of 40 hexadecimal digits" });

/** A file or folder from the root of a repository: `/docs/a.md`. */
export const FilePath = z
  .string()
  .max(512)
  .regex(PATH, { error: "must begin with / and hold no empty, encoded or odd segment" })
  .refine(
    (path) => segmentsOf(path).every((segment) => !isDots(segment) && segment.toLowerCase() !== ".git"),
    {
      error: "must hold no dot segment and no .git",
    },
  );

// INVARIANT: a workflow's text is what evidence rests on, so no path below the workflows is ever written. Folded, since
// a checkout on some systems takes another case for the same folder.
/** A {@link FilePath} that may be written. */
export const WritablePath = FilePath.refine(
  (path) => !`${path.toLowerCase()}/`.startsWith("/.github/workflows/"),
  { error: "workflow files are not written through this adapter" },
);

/** A branch by its short name, by the rules of `git check-ref-format` and of nothing that could be read as another ref. */
export const BranchName = z
  .string()
  .max(200)
  .regex(BRANCH, { error: "must be a branch name" })
  .refine((name) => !/[~:*]|\.\.|^-/.test(name) && segmentsOf(`/${name}`).every(isRefSegment), {
    error: "must be a branch name",
  })
  .refine((name) => !/^(?:refs|heads|tags)\/|^HEAD$|^@$|^[0-9a-f]{40}$/.test(name), {
    error: "must not look like another kind of ref",
  });

/** A label that can stand in a path as it is. */
export const LabelInPath = z
  .string()
  .max(50)
  .regex(new RegExp(`^${SEGMENT}$`), {
    error: "must be a label of letters that stand for themselves in a path",
  })
  .refine((label) => !isDots(label), { error: "must be no dot segment" });

/** Whether a text is a repository's full name, in a form that can stand in a path. */
export function isRepositoryName(text: string): boolean {
  return REPOSITORY.test(text) && !/\/\.{1,2}$|\.git$|\.$/i.test(text);
}

const segmentsOf = (path: string): readonly string[] => path.slice(1).split("/");
const isDots = (segment: string): boolean => segment === "." || segment === "..";
const isRefSegment = (segment: string): boolean =>
  !segment.startsWith(".") && !segment.endsWith(".") && !segment.endsWith(".lock");
