import { oneLine } from "./one-line.ts";

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};
/** No XML document may hold these, not even escaped. */
const NONCHARACTERS = /[\uFFFE\uFFFF]/g;

/** Text for an element or a quoted attribute of XML or HTML: nothing in it is markup, nothing of it invisible. */
export function markupText(text: string): string {
  return oneLine(text)
    .replaceAll(NONCHARACTERS, "\uFFFD")
    .replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? "");
}
