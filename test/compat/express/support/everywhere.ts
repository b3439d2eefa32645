/**
 * Takes out what the drop-in says with every session cookie: that no shared cache may keep the response. Only from
 * responses that set a cookie; where the application has said something else, its word is in both transcripts.
 */
export function withoutCacheControl(lines: readonly string[]): string[] {
  return lines.filter((line, i) => !(/^\[\d+\] {3}cache-control: private$/.test(line) && setsCookie(lines, i)))
}

function setsCookie(lines: readonly string[], at: number): boolean {
  const rest = lines.slice(at)
  const end = rest.findIndex((line) => !/^\[\d+\] {3}/.test(line))
  return (end < 0 ? rest : rest.slice(0, end)).some((line) => /^\[\d+\] {3}set-cookie: /.test(line))
}
