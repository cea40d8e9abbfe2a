/** NumericDate of an ISO 8601 time with a zone; `undefined` when the text is none. */
export function secondsOf(text: string | null | undefined): number | undefined {
  if (text === null || text === undefined || !/^\d{4}-\d\d-\d\dT.*(?:Z|[+-]\d\d:?\d\d)$/.test(text))
    return undefined;
  const milliseconds = Date.parse(text);
  return Number.isFinite(milliseconds) ? Math.floor(milliseconds / 1_000) : undefined;
}
