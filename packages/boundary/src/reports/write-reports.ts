import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { BoundaryReport } from "../boundary-report.ts";
import { htmlReport } from "./html-report.ts";
import { jsonReport } from "./json-report.ts";
import { junitReport } from "./junit-report.ts";
import { matrixSvg } from "./matrix-svg.ts";
import type { ReportOptions } from "./report-place.ts";
import { sarifReport } from "./sarif-report.ts";

/** Forms of a report that are files. */
export type ReportFormat = "json" | "junit" | "sarif" | "svg" | "html";

type Written = ReportOptions & { readonly minScore?: number };

const FILES: Readonly<
  Record<ReportFormat, readonly [file: string, make: (report: BoundaryReport, options: Written) => string]>
> = Object.freeze({
  json: ["boundary.json", jsonReport],
  junit: ["boundary.junit.xml", junitReport],
  sarif: ["boundary.sarif", sarifReport],
  svg: ["matrix.svg", matrixSvg],
  html: ["report.html", htmlReport],
});

/** Every form that {@link writeReports} writes. */
export const REPORT_FORMATS: readonly ReportFormat[] = Object.freeze(Object.keys(FILES) as ReportFormat[]);

/** Writes a report into a directory, which is made where it is missing, and says which files it wrote. */
export async function writeReports(
  report: BoundaryReport,
  formats: readonly ReportFormat[],
  directory: string,
  options: Written = {},
): Promise<readonly string[]> {
  if (formats.length === 0) return [];
  await mkdir(directory, { recursive: true });
  return Promise.all(
    formats.map(async (format) => {
      const [file, make] = FILES[format];
      const path = join(directory, file);
      await writeFile(path, make(report, options));
      return path;
    }),
  );
}
