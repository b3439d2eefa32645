/** The attributes without which a browser does not take a cookie for the one that it has. */
export interface FormerCookie {
  readonly path?: string
  readonly domain?: string
}

/** The object in a stored text, or undefined. */
export function parsedObject(text: string): Record<string, unknown> | undefined {
  try {
    const data: unknown = JSON.parse(text)
    return typeof data === 'object' && data !== null && !Array.isArray(data)
      ? (data as Record<string, unknown>)
      : undefined
  } catch {
    return undefined
  }
}
