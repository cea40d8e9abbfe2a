/** Control and format characters: escape sequences, bidirectional marks, zero-width characters, line separators. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/**
 * Text as one line that whatever shows it only shows: what would move a cursor, turn the direction of writing, end a line
 * or stay invisible appears as `\u{202e}`. Names and details come from policies, systems and agents.
 */
export function oneLine(text: string): string {
  return text.replaceAll(UNSEEN, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
}
