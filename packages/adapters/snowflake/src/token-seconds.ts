/** Seconds that a token lives; its lease ends no later. */
export const TOKEN_SECONDS = 60;

/**
 * Seconds that a statement may take which its caller waits for: the gateway gives up after 30, and of an answer that nobody heard
 * nobody has the handle.
 */
export const WAITED_SECONDS = 25;
