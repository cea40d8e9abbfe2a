import type { TenantSystem } from "@watchword/core";

/** The tenant as templates see it. */
export interface TemplateTenant {
  readonly id: string;
  readonly systems: Readonly<Record<string, TenantSystem>>;
}

type Part = { readonly text: string } | { readonly system: string | undefined; readonly setting: string };

/**
 * A resource value with `${tenant.id}`, `${tenant.<system>.account}` or another setting of the tenant's connection in it,
 * parsed once.
 */
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
    const match = /^tenant\.(?:id|([a-z0-9][a-z0-9_-]*)\.((?!secret$)[a-z][a-zA-Z0-9_]{0,63}))$/.exec(piece);
    if (match === null)
      throw new TypeError(
        `\${${piece}} is not known; there are \${tenant.id}, \${tenant.<system>.account} and settings of the connection`,
      );
    parts.push({ system: match[1], setting: match[2] ?? "" });
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
      "text" in part
        ? part.text
        : part.system === undefined
          ? tenant.id
          : settingOf(tenant, part.system, part.setting);
    if (piece === undefined || piece === "") return undefined;
    text += piece;
  }
  return text;
}

function settingOf(tenant: TemplateTenant, system: string, setting: string): string | undefined {
  const found = Object.hasOwn(tenant.systems, system) ? tenant.systems[system] : undefined;
  return found !== undefined && Object.hasOwn(found, setting) ? found[setting] : undefined;
}
