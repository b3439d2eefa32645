import Keygrip from 'keygrip'
import { named } from '../harness/names.ts'

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/g
const SIGNATURE = /set-cookie: ([^=]*)\.sig=([^;]+)/
const keys = new Keygrip(['a', 'b'])

/**
 * Makes transcripts with random ids comparable: the ids become their order of appearance. The signature of a random id is
 * verified, and then a word takes its place.
 */
export function normalise(lines: readonly string[]): readonly string[] {
  const verified = lines.map((line, index) => {
    const [, name, signature] = SIGNATURE.exec(line) ?? []
    if (!name || !signature) return line
    const start = `set-cookie: ${name}=`
    const signed = lines.slice(0, index).findLast((other) => other.includes(start))
    const value = signed?.slice(signed.indexOf(start) + start.length).split(';')[0] ?? ''
    if (value.match(UUID) === null || keys.sign(`${name}=${value}`) !== signature) return line
    return line.replace(signature, '<signed>')
  })
  return named(verified, UUID)
}
