/**
 * The exchange port: what the engine needs to know of one request and its response. An adapter builds one per request.
 */
export interface Exchange {
  /** The request's `Cookie` header as the server received it. Anything but a string counts as no cookie. */
  readonly cookieHeader: unknown
  /** The request's path without its query. Compared with `cookie.path` segment by segment. */
  readonly path: string
  /** Did the client's request come over TLS, as far as the framework trusts what it was told? */
  secure(): boolean
  /** Have the response's headers left, so that no cookie can be sent any more? */
  headersSent(): boolean
  /** Adds one `Set-Cookie` line beside those that are there. Called before the headers leave, at most once per finish. */
  setCookie(line: string): void
}
