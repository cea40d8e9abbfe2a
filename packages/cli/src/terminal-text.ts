/** Control and format characters: escape sequences, bidirectional marks, zero-width characters, line separators. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/**
 * Recorded text as one line that a terminal only shows: what would move the cursor, turn the direction of writing or stay
 * invisible appears as `\u{202e}`. Agents and tenants choose much of what is recorded.
 */
export function terminalText(text: string): string {
  return text.replaceAll(UNSEEN, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
}

/** A value as one JSON document that a terminal only shows; the same document for whoever parses it. */
export function jsonText(value: unknown): string {
  const text = JSON.stringify(value, undefined, 2);
  // Line breaks are the document's own: those of strings are escaped by now.
  const escaped = text.replaceAll(UNSEEN, (characters) =>
    characters === "\n"
      ? characters
      : [...Array(characters.length).keys()]
          .map((index) => `\\u${characters.charCodeAt(index).toString(16).padStart(4, "0")}`)
          .join(""),
  );
  return `${escaped}\n`;
}
