import type { BoundaryReport } from "../boundary-report.ts";
import { findingsOf } from "./finding.ts";
import { oneLine } from "./one-line.ts";
import { type ReportOptions, placedFile } from "./report-place.ts";

/** Workflow commands of GitHub Actions: an annotation at the policy's line for each finding. */
export function githubAnnotations(report: BoundaryReport, options: ReportOptions = {}): string {
  return findingsOf(report)
    .map(({ level, title, lines, place }) => {
      const file = place?.file ?? options.policyFile;
      const properties = [
        ...(file === undefined
          ? []
          : [`file=${property(placedFile(file, options))}`, `line=${place?.line ?? 1}`]),
        `title=${property(title)}`,
      ].join(",");
      const text = lines.map(([label, said]) => oneLine(`${label}: ${said}`)).join("\n");
      return `::${level} ${properties}::${message(text)}\n`;
    })
    .join("");
}

/** INVARIANT: no text of a report ends a command or begins another: the characters that do are escaped. */
function message(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function property(text: string): string {
  return message(oneLine(text)).replaceAll(":", "%3A").replaceAll(",", "%2C");
}
