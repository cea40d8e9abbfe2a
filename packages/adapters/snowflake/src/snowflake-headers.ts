/** Headers of every request, the tool's and the adapter's own: what kind of token it is, and who asks (RFC 9110 section 10.1.5). */
export function snowflakeHeaders(withBody: boolean): Record<string, string> {
  return {
    accept: "application/json",
    "user-agent": "watchword-adapter-snowflake/1",
    "x-snowflake-authorization-token-type": "OAUTH",
    ...(withBody ? { "content-type": "application/json" } : {}),
  };
}
