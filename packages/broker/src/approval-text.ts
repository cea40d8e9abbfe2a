import {
  type CoveredAction,
  type Operation,
  type Value,
  canonicalJson,
  formatMoney,
  isMoney,
} from "@watchword/core";

/**
 * What an approver is shown: every field of the completed action, in full, in one order. Values are quoted, and every
 * character beyond printable ASCII is shown as its escape, so that no bidi override, look-alike or zero-width character
 * can make the text read differently from what runs.
 */
export function approvalText(parts: {
  agent: string;
  tenant: string;
  principal: string;
  operation: Operation;
  action: CoveredAction;
}): string {
  const { action, operation } = parts;
  const lines = [
    `${operation.title} (${action.system}/${action.operation}, ${operation.access})`,
    `agent: ${visible(parts.agent)}`,
    `tenant: ${visible(parts.tenant)}`,
    `for: ${visible(parts.principal)}`,
    ...sorted(action.resource).map(([name, value]) => `${name}: ${visible(value)}`),
    ...sorted(action.arguments).map(([name, value]) => `${visible(name)}: ${shown(value)}`),
  ];
  return lines.join("\n");
}

function shown(value: Value): string {
  if (isMoney(value)) return formatMoney(value);
  return typeof value === "string" ? `"${visible(value)}"` : visible(canonicalJson(value));
}

function visible(text: string): string {
  return text.replaceAll(
    /[^\u0020-\u007e]|["\\]/gu,
    (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
}

function sorted<T>(record: Readonly<Record<string, T>>): [string, T][] {
  return Object.entries(record).toSorted(([a], [b]) => (a < b ? -1 : 1));
}
