/** Key of `Restored.forgottenUntil` in the table `meta`. */
export const FORGOTTEN_UNTIL = "forgotten_until";
/** Key in the table `meta` of a SQLite store that was copied away: no broker opens it again before it is restored. */
export const COPIED_TO = "copied_to";
