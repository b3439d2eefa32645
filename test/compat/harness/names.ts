/** Puts `<id 1>`, `<id 2>`, ... in place of random ids, by their order of appearance in the transcript. */
export function named(lines: readonly string[], id: RegExp = /(?<![\w-])[\w-]{32}(?![\w-])/g): string[] {
  const names = new Map<string, string>()
  return lines.map((line) =>
    line.replace(id, (found) => {
      const name = names.get(found) ?? `<id ${names.size + 1}>`
      names.set(found, name)
      return name
    }),
  )
}
