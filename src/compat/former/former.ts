/** The attributes without which a browser does not take a cookie for the one that it has. */
export interface FormerCookie {
  readonly path?: string
  readonly domain?: string
}
