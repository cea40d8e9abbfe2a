import type { Grant } from "./policy-document.ts";
import { parseTemplate } from "./template.ts";

/**
 * Whether a grant's resource could be this repository (`owner/name`): whatever a `${…}` stands for may be equal, and so
 * may a field that is not named. GitHub's names know no case.
 */
export function couldBeRepository({ resource }: Grant, repository: string): boolean {
  const field = Object.hasOwn(resource, "repository") ? resource["repository"] : undefined;
  if (field === undefined) return true;
  // A field without owner is completed with the tenant's account, which could be this owner.
  const name = repository.slice(repository.indexOf("/") + 1);
  const pattern = patternOf(field);
  return pattern.test(repository) || (!field.includes("/") && pattern.test(name));
}

function patternOf(field: string): RegExp {
  const parts = parseTemplate(field).parts.map((part) => ("text" in part ? literal(part.text) : ".+"));
  return new RegExp(`^${parts.join("")}$`, "iu");
}

function literal(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`);
}
