import { isAbsolute, relative, sep } from "node:path";

/** Where something stands in the policy's files. */
export interface ReportPlace {
  readonly file: string;
  readonly line: number;
}

/** What reports need beside the report itself. */
export interface ReportOptions {
  /** Root of the repository; files are named relative to it, as code hosts want them. Left out: as they are. */
  readonly root?: string;
  /** Where findings point that have no line of their own; code hosts show nothing that points nowhere. */
  readonly policyFile?: string;
}

/** The file relative to the root where it is below it, with `/` on every platform. */
export function placedFile(file: string, { root }: ReportOptions): string {
  const inside = root === undefined || !isAbsolute(file) ? file : relative(root, file);
  const outside = inside === ".." || inside.startsWith(`..${sep}`) || isAbsolute(inside);
  return (outside ? file : inside).split(sep).join("/");
}
