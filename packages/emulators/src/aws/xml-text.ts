const ENTITIES: Readonly<Record<string, string>> = {
  "<": "&lt;",
  ">": "&gt;",
  "&": "&amp;",
  '"': "&quot;",
  "'": "&apos;",
};

/** Writes an element with text or elements in it; `undefined` is left out. */
export function element(name: string, content: string | number | undefined): string {
  if (content === undefined) return "";
  return `<${name}>${String(content).replaceAll(/[<>&"']/g, (letter) => ENTITIES[letter] ?? "")}</${name}>`;
}

/** Writes an element around others that are written already. */
export const around = (name: string, ...elements: readonly string[]): string =>
  `<${name}>${elements.join("")}</${name}>`;
