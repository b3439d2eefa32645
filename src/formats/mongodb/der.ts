/** As much of DER as connect-mongo's `crypto` uses: one SEQUENCE of OCTET STRINGs. */

const SEQUENCE = 0x30
const OCTETS = 0x04

export const toDer = (parts: readonly Uint8Array[]): Buffer =>
  element(SEQUENCE, Buffer.concat(parts.map((part) => element(OCTETS, part))))

/** `undefined` when these bytes are anything else, or when something comes after them. */
export const fromDer = (bytes: Buffer): readonly Buffer[] | undefined => {
  const whole = read(bytes, SEQUENCE)
  if (!whole || whole.rest.length > 0) return undefined
  const parts: Buffer[] = []
  for (let left = whole.content; left.length > 0; ) {
    const part = read(left, OCTETS)
    if (!part) return undefined
    parts.push(part.content)
    left = part.rest
  }
  return parts
}

const element = (tag: number, content: Uint8Array): Buffer => {
  const size = content.length
  const long: number[] = []
  for (let left = size; left > 0; left = Math.floor(left / 256)) long.unshift(left % 256)
  const header = size < 0x80 ? [tag, size] : [tag, 0x80 | long.length, ...long]
  return Buffer.concat([Buffer.from(header), content])
}

const read = (bytes: Buffer, tag: number): { readonly content: Buffer; readonly rest: Buffer } | undefined => {
  const [first, short] = bytes
  if (first !== tag || short === undefined) return undefined
  const octets = short < 0x80 ? 0 : short & 0x7f
  // No length is indefinite in DER, and none of a document needs more than four octets.
  if (short === 0x80 || octets > 4 || bytes.length < 2 + octets) return undefined
  const size = octets === 0 ? short : bytes.readUIntBE(2, octets)
  const start = 2 + octets
  if (bytes.length - start < size) return undefined
  return { content: bytes.subarray(start, start + size), rest: bytes.subarray(start + size) }
}
