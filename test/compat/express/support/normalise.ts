import { createHmac } from 'node:crypto'
import { named } from '../../harness/names.ts'
import { SECRET } from './serve.ts'

/** How often quotes are escaped: in JSON, in JSON within JSON, and once more. */
const QUOTES = ['"', '\\"', '\\\\\\"']
const PLAIN = '{"cookie":{"originalMaxAge":null,"expires":null,"httpOnly":true,"path":"/"}'
const LIMITED = '{"cookie":{"originalMaxAge":(MS),"expires":"(AT)","httpOnly":true,"path":"/"}'

const shorter = QUOTES.map((quote) => {
  const plain = PLAIN.replaceAll('"', quote)
  const limited = LIMITED.replaceAll('"', quote).replace(/[\\{}]/g, '\\$&')
  const pattern = new RegExp(limited.replace('MS', '-?\\d+').replace('AT', '[\\d:.TZ-]+'), 'g')
  return (text: string): string => text.replaceAll(plain, '{~').replace(pattern, '{~$1 $2')
})

/**
 * Makes lines shorter without making different ones the same: a value that is signed as it should be is `<its id>`; in a
 * session's JSON, a cookie without options is `~`, one with nothing but an end is `~<originalMaxAge> <expires>`. Random
 * ids are called by their order of appearance.
 */
export function normalise(lines: readonly string[]): string[] {
  return named(
    lines.map((line) =>
      shorter.reduce((text, shorten) => shorten(text), line.replace(VALUE, checked).replace(PLACE, '')),
    ),
  )
}

/** What newer versions of V8 add when JSON cannot be read. */
const PLACE = / \(line \d+ column \d+\)/g

const VALUE = /s%3A([^.;\s]+)\.([A-Za-z0-9%]+)/g

function checked(value: string, encodedId: string): string {
  const id = decodeURIComponent(encodedId)
  const signature = createHmac('sha256', SECRET).update(id).digest('base64').replace(/=+$/, '')
  return value === encodeURIComponent(`s:${id}.${signature}`) ? `<${id}>` : value
}
