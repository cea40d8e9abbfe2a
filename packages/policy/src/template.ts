/** The tenant as templates see it. */
export interface TemplateTenant {
  readonly id: string;
  readonly systems: Readonly<Record<string, { readonly account: string }>>;
}

type Part = { readonly text: string } | { readonly system: string | undefined };

/** A resource value with `${tenant.id}` or `${tenant.<system>.account}` in it, parsed once. */
export interface Template {
  readonly source: string;
  readonly parts: readonly Part[];
  /** Whether it names the tenant: its mismatch is a tenant mismatch. */
  readonly ofTenant: boolean;
  /** Systems whose account it names. */
  readonly systems: readonly string[];
}

/** @throws TypeError for anything else in `${}`. */
export function parseTemplate(source: string): Template {
  if (source === "") throw new TypeError("must not be empty");
  const parts: Part[] = [];
  for (const [index, piece] of source.split(/\$\{([^{}]*)\}/).entries()) {
    if (index % 2 === 0) {
      if (piece.includes("${") || piece.includes("}")) throw new TypeError("holds a broken ${…}");
      if (piece !== "") parts.push({ text: piece });
      continue;
    }
    const match = /^tenant\.(?:id|([a-z0-9][a-z0-9_-]*)\.account)$/.exec(piece);
    if (match === null)
      throw new TypeError(
        `\${${piece}} is not known; there are \${tenant.id} and \${tenant.<system>.account}`,
      );
    parts.push({ system: match[1] });
  }
  const systems = parts.flatMap((part) =>
    "system" in part && part.system !== undefined ? [part.system] : [],
  );
  return Object.freeze({ source, parts, ofTenant: parts.some((part) => "system" in part), systems });
}

/** The text for one tenant; `undefined` when the tenant has no such connection, which matches nothing. */
export function fillTemplate(template: Template, tenant: TemplateTenant): string | undefined {
  let text = "";
  for (const part of template.parts) {
    const piece =
      "text" in part ? part.text : part.system === undefined ? tenant.id : accountOf(tenant, part.system);
    if (piece === undefined || piece === "") return undefined;
    text += piece;
  }
  return text;
}

function accountOf(tenant: TemplateTenant, system: string): string | undefined {
  return Object.hasOwn(tenant.systems, system) ? tenant.systems[system]?.account : undefined;
}
