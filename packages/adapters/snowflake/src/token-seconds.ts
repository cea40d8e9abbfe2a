/** Seconds that a token lives; its lease ends no later. */
export const TOKEN_SECONDS = 60;
